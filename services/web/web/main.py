"""Settings and wiring of web: the only place that builds things."""

from collections.abc import Mapping
from pathlib import Path

from litestar import Router
from litestar.config.app import AppConfig
from litestar.di import Provide

from fairseat_common.web import Service
from fairseat_common.web.asgi import ASGIApp
from web import (
    pages_account,
    pages_checkout,
    pages_docs,
    pages_house,
    pages_operator,
    pages_orders,
    pages_sales,
    pages_selling,
    pages_shows,
    pages_tickets,
)
from web.api_document import ApiDocument
from web.assets import Assets
from web.live import Live
from web.pages_errors import handlers
from web.services import Services
from web.session import Refresher
from web.settings import WebSettings
from web.templates import Templates
from web.visit import AnyRequest, Visit, Web, bare_visit, open_visit

HERE = Path(__file__).parent
PAGES = [
    pages_shows.home, pages_shows.search, pages_shows.show, pages_shows.hold,
    pages_checkout.checkout, pages_checkout.pay, pages_checkout.give_up,
    pages_orders.order_page, pages_orders.order_paid, pages_orders.order_stage, pages_orders.order_events,
    pages_orders.receipt,
    pages_tickets.tickets, pages_tickets.ticket, pages_tickets.ticket_code, pages_tickets.orders,
    pages_selling.sell, pages_selling.sell_form, pages_selling.sell_seats,
    pages_selling.listings, pages_selling.edit_form, pages_selling.edit, pages_selling.withdraw,
    pages_sales.sales, pages_sales.payouts_set_up,
    pages_operator.money, pages_operator.entries, pages_operator.order_search, pages_operator.order,
    pages_operator.refund_ask, pages_operator.refund,
    pages_account.sign_in_form, pages_account.sign_in, pages_account.sign_up_form, pages_account.sign_up,
    pages_account.sign_out,
    pages_docs.openapi, pages_docs.docs,
    pages_house.static, pages_house.style_guide, pages_house.robots, pages_house.nowhere,
]  # fmt: skip


def create_app(environ: Mapping[str, str] | None = None) -> ASGIApp:
    """The complete web application; settings from `environ`, or from the process's environment."""
    settings = WebSettings.of(environ)
    service = Service("web", settings)
    assets = Assets(HERE / "static")
    services = Services(settings.urls, settings.public_url)
    web = Web(settings, services, Refresher(services), assets, Templates(HERE / "templates", assets))
    live = Live(service.broker, settings.streams_max)

    async def visit(request: AnyRequest) -> Visit:
        return await open_visit(web, request)

    def configure(config: AppConfig) -> AppConfig:
        config.exception_handlers = {**config.exception_handlers, **handlers(lambda request: bare_visit(web, request))}
        config.dependencies = {**(config.dependencies or {}), "visit": Provide(visit)}
        return config

    return service.app(
        [Router(path="/", route_handlers=PAGES, include_in_schema=False)],
        provide={"web": web, "live": live, "document": ApiDocument(services)},
        lifespans=[services.running, live.listening],
        configure=configure,
    )
