"""The link of a receipt that ends what a partner reads, and the page on which the person agrees again, in a
browser on a phone and a desktop."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser

from chalicelib.access.authorization import Caller
from chalicelib.domain.model.codes import Channel, Role
from tests.browser.pictures import picture
from tests.browser.served import Road, site
from tests.browser.visitors import DESKTOP, PHONE, guest, sized
from tests.casework.post import FakePost
from tests.scenario import Scenario, complaint

pytestmark = pytest.mark.browser
SHOP = Caller("partner:shop", Role.PARTNER, channel=Channel.API)
AGREED = {"version": "partner_reads_1", "at": "2026-02-12T00:30:00Z"}


@pytest.fixture(params=["zh-CN", "en-GB"])
def road(request: Any, client: Any, scenario: Scenario, chromium: Browser, axe: str) -> Iterator[Road]:
    """A road in each language."""
    with site(client) as address:
        yield Road("partner", scenario, chromium, address, request.param, axe)


@pytest.mark.parametrize("size", [PHONE, (DESKTOP["width"], DESKTOP["height"])])
def test_the_person_ends_what_the_partner_reads_and_agrees_again(road: Road, size: tuple[int, int]) -> None:
    """The receipt is whole as a mail; its link opens a page with one button; the consent can be given
    again."""
    scenario, mails = road.scenario, FakePost.into(road.scenario)
    person = complaint()["person"] | {"language": road.locale[:2]}
    ref = scenario.submit(SHOP, consent=AGREED, person=person).ref
    scenario.post()
    road.pictures = road.pictures / str(size[0])
    road.pictures.mkdir(parents=True, exist_ok=True)
    page = sized(guest(road.chromium, locale=road.locale), size)
    page.set_content(mails.taken[0][2].html)
    picture(page, road.pictures / "receipt.png")
    page.goto(f"{road.address}{scenario.product.links.path(ref, 'p1', 1)}?to=partner")
    road.photograph(page, "end")
    page.locator("main form button").first.click()
    assert not scenario.product.file.load(ref).partner_reads
    page.goto(f"{road.address}/case/complaint")
    road.photograph(page, "ended")
    page.goto(f"{road.address}/case/moves/give_partner_access")
    road.photograph(page, "give")
    page.locator("main [type=checkbox]").first.check()
    page.locator("main form button").first.click()
    assert scenario.product.file.load(ref).partner_reads
