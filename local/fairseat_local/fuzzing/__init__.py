"""Requests made up from the API document: whatever is sent, nothing breaks, and every answer is a documented one."""

from fairseat_local.fuzzing.asking import Asking, Finding
from fairseat_local.fuzzing.running import document_of, fuzz

__all__ = ["Asking", "Finding", "document_of", "fuzz"]
