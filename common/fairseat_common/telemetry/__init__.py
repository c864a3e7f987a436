"""Logs, metrics and traces, the same in every service."""

from fairseat_common.telemetry.context import current_traceparent, request_id
from fairseat_common.telemetry.logs import configure_logs
from fairseat_common.telemetry.metrics import Metrics
from fairseat_common.telemetry.readings import Readings
from fairseat_common.telemetry.traces import Tracing

__all__ = ["Metrics", "Readings", "Tracing", "configure_logs", "current_traceparent", "request_id"]
