"""Settings and wiring of web: the only place that builds things."""

from collections.abc import Mapping
from pathlib import Path

from litestar import Router
from litestar.config.app import AppConfig
from litestar.di import Provide

from fairseat_common.languages import learn
from fairseat_common.settings import Environ
from fairseat_common.web import Service
from fairseat_common.web.asgi import ASGIApp
from web import (
    pages_account,
    pages_checkout,
    pages_choices,
    pages_developers,
    pages_discover,
    pages_docs,
    pages_gate,
    pages_house,
    pages_language,
    pages_listings,
    pages_onsale,
    pages_operator,
    pages_orders,
    pages_organise,
    pages_passes,
    pages_people,
    pages_queue,
    pages_sales,
    pages_saved,
    pages_seller_import,
    pages_selling,
    pages_settings,
    pages_shows,
    pages_tickets,
    pages_transfers,
    pages_waiting,
)
from web.api_document import ApiDocument
from web.assets import Assets
from web.live import Live
from web.money_rates import RatesFile
from web.pages_errors import handlers
from web.reading import Speaking
from web.services import Services
from web.session import Refresher
from web.settings import WebSettings
from web.templates import Templates
from web.visit import AnyRequest, Visit, Web, bare_visit, open_visit

HERE = Path(__file__).parent
MODULES = (
    pages_account,
    pages_checkout,
    pages_choices,
    pages_developers,
    pages_discover,
    pages_docs,
    pages_gate,
    pages_language,
    pages_listings,
    pages_onsale,
    pages_operator,
    pages_orders,
    pages_organise,
    pages_passes,
    pages_people,
    pages_queue,
    pages_sales,
    pages_saved,
    pages_seller_import,
    pages_selling,
    pages_settings,
    pages_shows,
    pages_tickets,
    pages_transfers,
    pages_waiting,
    # Last: it holds the answer to every other address.
    pages_house,
)
PAGES = [page for module in MODULES for page in module.PAGES]


def settings_of(environ: Environ) -> WebSettings:
    """The settings of web; raises SettingsError."""
    return WebSettings.of(environ)


def create_app(environ: Mapping[str, str] | None = None) -> ASGIApp:
    """The complete web application; settings from `environ`, or from the process's environment."""
    settings = settings_of(environ)
    learn(HERE / "locale")
    service = Service("web", settings)
    assets = Assets(HERE / "static")
    services = Services(settings.urls, settings.public_url)
    templates = Templates(HERE / "templates", assets)
    rates = RatesFile(settings.rates_file, settings.rates_days_max)
    web = Web(settings, services, Refresher(services), assets, templates, rates)
    live = Live(service.broker, settings.streams_max)
    service.metrics.watched("live_pages", "Open pages that are told of changes.", lambda: live.open_pages)
    service.metrics.watched("live_pages_max", "How many of them there can be.", lambda: settings.streams_max)

    async def visit(request: AnyRequest) -> Visit:
        return await open_visit(web, request)

    def configure(config: AppConfig) -> AppConfig:
        config.exception_handlers = {**config.exception_handlers, **handlers(lambda request: bare_visit(web, request))}
        config.dependencies = {**(config.dependencies or {}), "visit": Provide(visit)}
        return config

    app = service.app(
        [Router(path="/", route_handlers=PAGES, include_in_schema=False)],
        provide={"web": web, "live": live, "document": ApiDocument(services)},
        bodies=pages_seller_import.BODIES,
        lifespans=[services.running, live.listening],
        configure=configure,
    )
    return Speaking(app)
