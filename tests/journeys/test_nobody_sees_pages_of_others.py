"""Every page and every form of the site, from its table of routes, is asked by everybody about what is others'."""

from __future__ import annotations

import asyncio

import pytest

from fairseat_local.access.pages import Looked, faults, pages_of
from fairseat_local.access.world import world_of
from fairseat_local.fuzzing import document_of
from fairseat_local.testing import WholeSystem
from web.main import PAGES

pytestmark = pytest.mark.timeout(600)


async def test_no_page_shows_what_is_others(one_process: WholeSystem) -> None:
    pages = pages_of(PAGES)
    # Pages about the API are there once every service has told its part.
    await asyncio.to_thread(document_of, one_process.url)
    async with world_of(one_process.url) as world:
        looked = Looked(world)
        await looked.everywhere(pages)
    assert len(looked.seen) > len(pages)
    assert faults(looked, pages) == []
