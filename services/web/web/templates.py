"""Jinja templates, compiled once at start-up, with the filters that pages need."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import jinja2
from jinja2 import pass_context
from jinja2.runtime import Context

from fairseat_common.contracts import Money
from fairseat_common.languages import NAMES, forms_of, gettext, ngettext
from fairseat_common.money import step_of
from web import (
    dates,
    forms,
    money,
    views,
    views_choices,
    views_developers,
    views_discover,
    views_gate,
    views_ledger,
    views_offers,
    views_onsale,
    views_operator,
    views_orders,
    views_organise,
    views_passes,
    views_people,
    views_sales,
    views_saved,
    views_selling,
    views_waiting,
    words,
)
from web.assets import Assets
from web.locales import Locale, month_name, weekday_name
from web.models import Show


class Templates:
    """All templates of a folder, compiled; a page that cannot compile stops the start, not a visit."""

    def __init__(self, folder: Path, assets: Assets) -> None:
        self._env = jinja2.Environment(
            loader=jinja2.FileSystemLoader(folder),
            autoescape=True,
            extensions=["jinja2.ext.i18n"],
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            cache_size=-1,
        )
        self._env.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]
        self._env.filters |= _filters()
        self._env.globals |= {
            "asset": assets.url,
            "languages": NAMES,
            "said": gettext,
            "said_forms": forms_of,
            "categories": views.CATEGORIES,
            "splits": views.SPLITS,
            "picture": _picture(assets),
            "views": views,
            "bought": views_orders,
            "sold": views_sales,
            "ledger": views_ledger,
            "finding": views_discover,
            "offers": views_offers,
            "passes": views_passes,
            "following": views_saved,
            "selling": views_selling,
            "waiting": views_waiting,
            "organising": views_organise,
            "onsale": views_onsale,
            "choosing": views_choices,
            "gates": views_gate,
            "operating": views_operator,
            "people": views_people,
            "developing": views_developers,
            "refund_words": words.refund_words,
            "done_text": forms.done_text,
            "decimals": money.digits,
            "step_of": step_of,
        }
        for name in self._env.list_templates(extensions=["html"]):
            self._env.get_template(name)

    def render(self, name: str, values: dict[str, Any]) -> str:
        """The page as text. `values` holds at least `visit`."""
        return self._env.get_template(name).render(values)


def _locale(context: Context) -> Locale:
    locale: Locale = context["visit"].locale
    return locale


def _filters() -> dict[str, Callable[..., str]]:
    @pass_context
    def as_money(context: Context, value: Money) -> str:
        return money.money_text(value, _locale(context))

    @pass_context
    def when(context: Context, value: Show, short: bool = False) -> str:
        return dates.when_text(value.starts_at, value.venue.timezone, _locale(context), short=short)

    @pass_context
    def clock(context: Context, value: Show) -> str:
        local = dates.at_venue(value.starts_at, value.venue.timezone)
        return f"{dates.clock_text(local, _locale(context))} {dates.zone_name(local, _locale(context).language)}"

    @pass_context
    def until(context: Context, value: datetime, timezone: str) -> str:
        return dates.until_text(value, timezone, _locale(context))

    @pass_context
    def moment(context: Context, value: datetime, timezone: str) -> str:
        return dates.when_text(value, timezone, _locale(context), short=True)

    def local(value: Show) -> datetime:
        return dates.at_venue(value.starts_at, value.venue.timezone)

    @pass_context
    def weekday(context: Context, value: datetime) -> str:
        return weekday_name(value.weekday(), _locale(context).language, short=True)

    @pass_context
    def month(context: Context, value: datetime) -> str:
        return month_name(value.month, _locale(context).language, short=True)

    return {
        "money": as_money,
        "amount": money.amount_text,
        "when": when,
        "clock": clock,
        "until": until,
        "moment": moment,
        "local": local,  # type: ignore[dict-item]
        "weekday": weekday,
        "month": month,
        "countdown": dates.countdown_text,
        "countdown_words": dates.countdown_words,
        "category": views.category_name,
        "iso": lambda moment: moment.isoformat(),
    }


def _picture(assets: Assets) -> Callable[[Show], dict[str, Any]]:
    """The picture of a show: the organiser's own where it is one of our files, else the category's art."""

    def picture(show: Show) -> dict[str, Any]:
        name, variant, flip = views.art(show)
        url = assets.own_url(show.image_url or "") or assets.url(name)
        return {"url": f"{url}#{variant}", "flip": flip}

    return picture
