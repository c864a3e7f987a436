"""Panels of Grafana and how they lie on a page: each says its size, and its place is found by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

COLUMNS = 24
SOURCE = {"type": "prometheus", "uid": "prometheus"}
SCHEMA_VERSION = 41
Kind = Literal["timeseries", "stat", "table", "bargauge"]


def quantile(part: float, buckets: str, *labels: str) -> str:
    """How long `part` of what a histogram counted in five minutes took at most; `buckets` is its selector."""
    by = ", ".join((*labels, "le"))
    return f"histogram_quantile({part}, sum by ({by}) (rate({buckets}[5m])))"


@dataclass(frozen=True)
class Panel:
    """A panel: its queries with their legends. Width in 24ths of the page, height in rows of 30 pixels."""

    title: str
    says: str
    unit: str
    queries: Sequence[tuple[str, str]]
    kind: Kind = "timeseries"
    width: int = 8
    height: int = 8
    red_from: float | None = None
    stacked: bool = False
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Row:
    """A heading with panels below it."""

    title: str
    panels: Sequence[Panel]


@dataclass(frozen=True)
class Dashboard:
    """A page. `variables` are names of labels to choose from, with the metric that has them."""

    uid: str
    title: str
    says: str
    rows: Sequence[Row]
    variables: Sequence[tuple[str, str]] = ()

    def document(self) -> dict[str, Any]:
        """As Grafana reads it."""
        return {
            "uid": self.uid,
            "title": self.title,
            "description": self.says,
            "tags": ["fairseat"],
            "schemaVersion": SCHEMA_VERSION,
            "version": 1,
            "editable": False,
            "graphTooltip": 1,
            "refresh": "30s",
            "time": {"from": "now-3h", "to": "now"},
            "timezone": "utc",
            "links": [{"type": "dashboards", "title": "Fairseat", "tags": ["fairseat"], "asDropdown": True}],
            "templating": {"list": [_variable(name, metric) for name, metric in self.variables]},
            "panels": self._panels(),
        }

    def _panels(self) -> list[dict[str, Any]]:
        placed: list[dict[str, Any]] = []
        top = 0
        for row in self.rows:
            placed.append(_heading(row.title, top, len(placed) + 1))
            top += 1
            left = lowest = 0
            for panel in row.panels:
                if left + panel.width > COLUMNS:
                    top, left, lowest = top + lowest, 0, 0
                placed.append(
                    _panel(panel, {"x": left, "y": top, "w": panel.width, "h": panel.height}, len(placed) + 1)
                )
                left, lowest = left + panel.width, max(lowest, panel.height)
            top += lowest
        return placed


def _heading(title: str, top: int, number: int) -> dict[str, Any]:
    place = {"x": 0, "y": top, "w": COLUMNS, "h": 1}
    return {"id": number, "type": "row", "title": title, "collapsed": False, "gridPos": place, "panels": []}


def _panel(panel: Panel, place: dict[str, int], number: int) -> dict[str, Any]:
    steps: list[dict[str, Any]] = [{"color": "green", "value": None}]
    if panel.red_from is not None:
        steps.append({"color": "red", "value": panel.red_from})
    custom: dict[str, Any] = {}
    if panel.kind == "timeseries":
        custom = {"fillOpacity": 20 if panel.stacked else 6, "showPoints": "never", "lineWidth": 1}
        custom["stacking"] = {"mode": "normal" if panel.stacked else "none"}
        custom["thresholdsStyle"] = {"mode": "off" if panel.red_from is None else "line"}
    return {
        "id": number,
        "type": panel.kind,
        "title": panel.title,
        "description": panel.says,
        "datasource": SOURCE,
        "gridPos": place,
        "fieldConfig": {
            "defaults": {"unit": panel.unit, "thresholds": {"mode": "absolute", "steps": steps}, "custom": custom},
            "overrides": [],
        },
        "options": {**_options(panel.kind), **panel.options},
        "targets": [
            {
                "refId": chr(ord("A") + index),
                "datasource": SOURCE,
                "expr": expr,
                "legendFormat": legend,
                "format": "table" if panel.kind == "table" else "time_series",
                "instant": panel.kind != "timeseries",
                "range": panel.kind == "timeseries",
            }
            for index, (expr, legend) in enumerate(panel.queries)
        ],
    }


def _options(kind: Kind) -> dict[str, Any]:
    if kind == "timeseries":
        return {"legend": {"displayMode": "list", "placement": "bottom"}, "tooltip": {"mode": "multi", "sort": "desc"}}
    if kind == "table":
        return {"showHeader": True}
    return {"reduceOptions": {"calcs": ["lastNotNull"]}, "textMode": "auto", "colorMode": "value"}


def _variable(name: str, metric: str) -> dict[str, Any]:
    return {
        "name": name,
        "type": "query",
        "datasource": SOURCE,
        "query": {"query": f"label_values({metric}, {name})", "refId": name},
        "refresh": 2,
        "includeAll": True,
        "multi": True,
        "allValue": ".*",
        "sort": 1,
    }
