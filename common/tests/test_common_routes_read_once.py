"""Routes are read once per process: what is kept is right, and keeps nothing alive."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Litestar, get
from litestar.di import NamedDependency, Provide
from litestar.handlers import HTTPRouteHandler
from litestar.params import Parameter
from litestar.routes import HTTPRoute
from litestar.testing import TestClient

from fairseat_common.testing import routes_read_once
from fairseat_common.testing.routes_read_once import read_routes_once


@get("/doubled", sync_to_thread=False)
def doubled(number: Annotated[int, Parameter(le=10)], scale: NamedDependency[int]) -> int:
    return number * scale


def application(scale: int) -> Litestar:
    def given() -> int:
        return scale

    return Litestar([doubled], dependencies={"scale": Provide(given, sync_to_thread=False)}, openapi_config=None)


def answers(app: Litestar, number: str) -> tuple[int, Any]:
    with TestClient(app) as client:
        answer = client.get("/doubled", params={"number": number})
        return answer.status_code, answer.json() if answer.status_code == 200 else None


def handlers(app: Litestar) -> list[HTTPRouteHandler]:
    routes = [route for route in app.routes if isinstance(route, HTTPRoute) and route.path == "/doubled"]
    return [handler for route in routes for handler in route.route_handlers if "GET" in handler.http_methods]


def test_applications_with_the_same_routes_are_strangers_otherwise() -> None:
    read_routes_once()
    two, three = application(2), application(3)
    assert [answers(two, "7"), answers(three, "7"), answers(two, "8")] == [(200, 14), (200, 21), (200, 16)]
    assert [answers(app, number)[0] for app in (two, three) for number in ("11", "x")] == [400] * 4
    signatures = {id(handler.parsed_fn_signature) for app in (two, three) for handler in handlers(app)}
    assert len(signatures) == 1


def test_only_functions_of_modules_are_kept_and_no_application_with_them() -> None:
    read_routes_once()
    assert answers(application(2), "7") == (200, 14)
    kept = {fn.__qualname__ for fn, _ in routes_read_once._known}
    assert "doubled" in kept
    assert [name for name in kept if "<locals>" in name] == []
