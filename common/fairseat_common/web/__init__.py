"""The HTTP edge that every service shares."""

from fairseat_common.fields import CurrencyCode, Email, MoneyInput, Name, Text
from fairseat_common.web.auth import SignedIn, Verifier, cookies_of, signed_in
from fairseat_common.web.dependencies import CurrentUser, ExpectedVersion, OwnDatabase, Visitor
from fairseat_common.web.edge import FrontHandler, answer, answer_refusal, read_body
from fairseat_common.web.idempotency import (
    KeyInUse,
    KeyReused,
    create_once,
    key_in,
    key_required,
    request_hash,
)
from fairseat_common.web.pagination import LIMIT_DEFAULT, LIMIT_MAX, Page, cursor_of, page_of, position_in
from fairseat_common.web.service import Service
from fairseat_common.web.versions import etag, expect_version, version_in

__all__ = [
    "LIMIT_DEFAULT",
    "LIMIT_MAX",
    "CurrencyCode",
    "CurrentUser",
    "Email",
    "ExpectedVersion",
    "FrontHandler",
    "KeyInUse",
    "KeyReused",
    "MoneyInput",
    "Name",
    "OwnDatabase",
    "Page",
    "Service",
    "SignedIn",
    "Text",
    "Verifier",
    "Visitor",
    "answer",
    "answer_refusal",
    "cookies_of",
    "create_once",
    "cursor_of",
    "etag",
    "expect_version",
    "key_in",
    "key_required",
    "page_of",
    "position_in",
    "read_body",
    "request_hash",
    "signed_in",
    "version_in",
]
