"""Jinja templates with the filters that pages need: compiled when an image is built, else by the first start."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import jinja2

from fairseat_common.languages import BUILT, NAMES, forms_of, gettext, ngettext
from fairseat_common.money import step_of
from web import (
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
    views_queue,
    views_reader,
    views_sales,
    views_saved,
    views_selling,
    views_tax,
    views_timeline,
    views_waiting,
    words,
)
from web.assets import Assets
from web.models import Show
from web.templates_filters import FILTERS
from web.templates_kept import Kept
from web.views_countries import country_name


class Templates:
    """All templates of a folder, compiled; a page that cannot compile stops the start, not a visit.

    What a build made of them (`built/templates` beside `templates`) is taken as it is.
    """

    def __init__(self, folder: Path, assets: Assets) -> None:
        built = folder.parent / BUILT / folder.name
        is_built = built.is_dir()
        self._env = jinja2.Environment(
            loader=jinja2.ModuleLoader(built) if is_built else jinja2.FileSystemLoader(folder),
            autoescape=True,
            extensions=["jinja2.ext.i18n"],
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            cache_size=-1,
            bytecode_cache=None if is_built else Kept(folder),
        )
        self._env.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]
        self._env.filters |= FILTERS
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
            "queueing": views_queue,
            "reader": views_reader,
            "developing": views_developers,
            "taxed": views_tax,
            "money_way": views_timeline,
            "country_name": country_name,
            "refund_words": words.refund_words,
            "done_text": forms.done_text,
            "decimals": money.digits,
            "step_of": step_of,
        }
        for path in folder.rglob("*.html"):
            self._env.get_template(path.relative_to(folder).as_posix())

    def build(self, target: Path) -> None:
        """Keep every template as the Python code that it is compiled to."""
        self._env.compile_templates(target, extensions=["html"], zip=None, ignore_errors=False)

    def render(self, name: str, values: dict[str, Any]) -> str:
        """The page as text. `values` holds at least `visit`."""
        return self._env.get_template(name).render(values)


def _picture(assets: Assets) -> Callable[[Show], dict[str, Any]]:
    """The picture of a show: the organiser's own where it is one of our files, else the category's art."""

    def picture(show: Show) -> dict[str, Any]:
        name, variant, flip = views.art(show)
        url = assets.own_url(show.image_url or "") or assets.url(name)
        return {"url": f"{url}#{variant}", "flip": flip}

    return picture
