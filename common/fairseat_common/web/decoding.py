"""Reads a JSON body strictly, for routes that are dispatched before the router."""

from __future__ import annotations

import re
from typing import TypeVar

import msgspec

from fairseat_common.contracts.refusals import FieldError, Invalid, Malformed

T = TypeVar("T")

_PLACE = re.compile(r" - at `\$\.?(?P<path>[^`]*)`$")
_NAMED = re.compile(r"field `(?P<name>[^`]+)`")


class MalformedJson(Malformed):
    """The body is no JSON at all."""

    slug = "malformed-json"
    title = "The body is not JSON"
    detail = "The body could not be read as JSON."


def decode_body(body: bytes, kind: type[T]) -> T:
    """The body as `kind`; raises MalformedJson, or Invalid with the field that is wrong."""
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        raise Invalid(None, field_error(str(error))) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MalformedJson from error


def field_error(message: str) -> FieldError:
    """The field and the message of a msgspec validation error."""
    place = _PLACE.search(message)
    named = _NAMED.search(message)
    path = place["path"] if place else ""
    field = ".".join(part for part in (path, named["name"] if named else "") if part)
    return FieldError(field, _PLACE.sub("", message))
