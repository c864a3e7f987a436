"""For organisers: venues, and the editor of their charts. Every button of it works without scripts."""

from typing import Any
from uuid import UUID, uuid4

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from fairseat_common.languages import say
from web import views_organise
from web.answers import PageResponse
from web.forms import KEY_HEADER, form_key
from web.forms_organise import (
    SectionForm,
    VenueForm,
    places_kept,
    sections_changed,
    sections_read,
    venue_body,
    venue_form_of,
    venue_form_read,
)
from web.models import Chart, Page, VenueSummary
from web.models_organise import City, OwnVenue
from web.services import ServiceProblem
from web.visit import Visit
from web.words import CHECK_FORM, Words, field_errors, problem_words

PAGE_VENUES = "50"
CHANGED = Words("The venue has changed meanwhile.", "The values below are the current ones. Make your change again.")
FIELDS = {"lat": "position", "lon": "position", "chart": "sections", "capacity": "sections"}


@get("/organise/venues")
async def venues(visit: NamedDependency[Visit]) -> PageResponse:
    """The venues that the reader may change."""
    visit.need_user()
    cursor = str(visit.request.query_params.get("cursor", ""))[:1_100]
    query = {"mine": "true", "limit": PAGE_VENUES} | ({"cursor": cursor} if cursor else {})
    found = await visit.ask("catalog", "GET", "/api/venues", Page[VenueSummary], query=query)
    return visit.page("organise_venues.html", venues=found, paged=bool(cursor))


@get("/organise/venues/new")
async def venue_new(visit: NamedDependency[Visit]) -> PageResponse:
    """An editor with an example, in the country of the reader's first venue."""
    visit.need_user()
    query = {"mine": "true", "limit": "1"}
    own = (await visit.ask("catalog", "GET", "/api/venues", Page[VenueSummary], query=query)).items
    fields = {"country": "DE", "timezone": "Europe/Berlin", "currency": "EUR", "key": str(uuid4())}
    if own:
        known = await visit.ask("catalog", "GET", f"/api/venues/{own[0].id}", OwnVenue)
        fields |= {"country": known.country, "timezone": known.timezone, "currency": known.currency}
    return _editor(visit, VenueForm(fields, [SectionForm(say("Stalls"), "seated", "A-H: 1-20")]))


@post("/organise/venues/new")
async def venue_create(visit: NamedDependency[Visit]) -> PageResponse:
    """Add a venue; the editor's other buttons change what stands in it and save nothing."""
    form = await venue_form_read(visit)
    visit.need_user()
    return await _saved(visit, form, None)


@post("/organise/venues/preview")
async def venue_preview(visit: NamedDependency[Visit]) -> PageResponse:
    """The map of what stands in the editor now, for scripts."""
    form = await venue_form_read(visit)
    visit.need_user()
    sections = sections_read(form)
    return visit.page("organise_preview.html", preview=views_organise.preview_of(sections), form=form)


@get("/organise/venues/{venue_id:uuid}")
async def venue_edit(visit: NamedDependency[Visit], venue_id: FromPath[UUID]) -> PageResponse:
    """The editor of a venue."""
    visit.need_user()
    venue = await visit.ask("catalog", "GET", f"/api/venues/{venue_id}", OwnVenue)
    return _editor(visit, venue_form_of(venue), venue)


@post("/organise/venues/{venue_id:uuid}")
async def venue_save(visit: NamedDependency[Visit], venue_id: FromPath[UUID]) -> PageResponse:
    """Save a venue; the editor's other buttons change what stands in it and save nothing."""
    form = await venue_form_read(visit)
    visit.need_user()
    return await _saved(visit, form, await visit.ask("catalog", "GET", f"/api/venues/{venue_id}", OwnVenue))


async def _saved(visit: Visit, form: VenueForm, venue: OwnVenue | None) -> PageResponse:
    button = form.get("do")
    if button == "look" or sections_changed(form, button):
        return _editor(visit, form, venue)
    sections = sections_read(form)
    body, errors = venue_body(form, sections)
    if not errors and "lat" not in body:
        body |= await _city_middle(visit, form)
        errors |= {} if "lat" in body else {"position": say("Say where it is: we do not know this city yet.")}
    if errors or form.wrong:
        return _editor(visit, form, venue, errors, CHECK_FORM, 422)
    try:
        if venue is None:
            headers = {KEY_HEADER: form_key(form.fields, repr(body))}
            made = await visit.ask("catalog", "POST", "/api/venues", VenueSummary, body=body, headers=headers)
            return visit.redirect(f"/organise/venues/{made.id}", done="venue-added")
        headers = {"If-Match": f'"{form.get("version")}"'}
        await visit.send("catalog", "PATCH", f"/api/venues/{venue.id}", body=body, headers=headers)
    except ServiceProblem as problem:
        return _refused(visit, form, venue, problem)
    return visit.redirect(f"/organise/venues/{venue.id}", done="venue-saved")


def _refused(visit: Visit, form: VenueForm, venue: OwnVenue | None, problem: ServiceProblem) -> PageResponse:
    if problem.status == 401:
        raise problem
    if problem.status == 412 and venue is not None:
        return _editor(visit, venue_form_of(venue), venue, {}, CHANGED, 412)
    words, errors = problem_words(problem), field_errors(problem, FIELDS)
    if problem.slug == "venue-exists":
        errors["name"] = words.title
    if problem.slug == "venue-in-use" and venue is not None:
        places_kept((venue.chart or Chart()).sections, form)
        fixed = {name: getattr(venue, name) for name in ("city", "country", "timezone")}
        errors |= {name: say("This stays as it is.") for name, value in fixed.items() if form.get(name) != value}
    return _editor(visit, form, venue, errors, words, problem.status)


async def _city_middle(visit: Visit, form: VenueForm) -> dict[str, float]:
    """The middle of the city's other venues, for those who do not say where theirs is."""
    query = {"q": form.get("city"), "limit": "20"}
    cities = (await visit.ask("catalog", "GET", "/api/shows/cities", Page[City], query=query)).items
    name, country = form.get("city").casefold(), form.get("country")
    found = next((city for city in cities if city.name.casefold() == name and city.country == country), None)
    return {"lat": found.lat, "lon": found.lon} if found else {}


def _editor(
    visit: Visit,
    form: VenueForm,
    venue: OwnVenue | None = None,
    errors: dict[str, str] | None = None,
    words: Words | None = None,
    status: int = 200,
) -> PageResponse:
    kept = [(section.error, section.name_error) for section in form.sections]
    values: dict[str, Any] = {"preview": views_organise.preview_of(sections_read(form))}
    for section, (error, name_error) in zip(form.sections, kept, strict=True):
        section.error, section.name_error = error, name_error
    return visit.page("organise_venue.html", status, form=form, venue=venue, errors=errors or {}, words=words, **values)


PAGES: list[ControllerRouterHandler] = [
    venues,
    venue_new,
    venue_create,
    venue_preview,
    venue_edit,
    venue_save,
]
