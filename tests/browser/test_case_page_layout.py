"""The case page of the desk in a browser: what an officer's screen shows, evidence that loads from the store,
colours and paper."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from chalicelib.evidence.uploads import Upload
from tests.browser.pictures import PICTURES, picture
from tests.browser.served import Quiet, Road, listening, site
from tests.browser.visitors import PHONE, found, leave, sized
from tests.scenario import HOUR, SUN, WANG, ZHAO, Scenario
from tests.store import Store, photograph
from tests.web.desk import GROUPS
from tests.web.mediated import breached, mediating

pytestmark = pytest.mark.browser
OFFICER = (1280, 900)
"""The screen of an officer, in CSS pixels."""
ANGRY = (
    "10月3号在你们徐汇店买的滚筒洗衣机，用了不到二十天就漏水！！！打了七次400电话，每次都说“已登记”😡😡\n"
    "师傅上门看了五分钟，说是我自己放歪了，让我出308块上门费，我不同意他就把单子撕了走人！！\n"
    "身份证310104198505123217，卡6222021001116245702，上海市徐汇区天钥桥路1188弄12号楼503室。\n"
) * 12
PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj "
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 400]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF"
)
WAV = struct.pack("<4sI8sIHHIIHH4sI", b"RIFF", 2084, b"WAVEfmt ", 16, 1, 1, 8000, 8000, 1, 8, b"data", 2048)
SOUND = WAV + bytes(2048)


class NearVault:
    """The store of files behind an address on this machine, where a browser of a test reaches it."""

    def __init__(self, vault: Any, origin: str) -> None:
        self._vault, self._origin = vault, origin

    def link(self, upload: Upload, name: str, small: bool, shown: bool) -> str:
        """Return the link of the store, at the address of this machine."""
        link = urlsplit(self._vault.link(upload, name, small, shown))
        return f"{self._origin}{link.path}?{link.query}"

    def __getattr__(self, name: str) -> Any:
        return getattr(self._vault, name)


@contextmanager
def near_store(store: Store) -> Iterator[str]:
    """Serve the kept files of a store while the context lasts; yield the address."""

    class Files(Quiet):
        def do_GET(self) -> None:
            key = unquote(urlsplit(self.path).path).lstrip("/")
            file = store.s3.get_object(Bucket=store.bucket, Key=key)
            content = file["Body"].read()
            self.send_response(200)
            self.send_header("Content-Type", file["ContentType"])
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    with listening(Files) as origin:
        yield origin


def investigated(scenario: Scenario, store: Store) -> str:
    """Return a complaint in investigation, with an angry story, four files, a note and messages."""
    account = {"story": ANGRY, "product": "滚筒洗衣机 XQG80-14", "shop": "某某家电徐汇店"}
    ref = scenario.submit(account=account).ref
    scenario.move(WANG, "accept", ref)
    scenario.move(SUN, "assign", ref, to="zhao")
    for shows, content in (("漏水的照片", photograph()), ("发票", PDF), ("通话录音", SOUND)):
        upload = store.declare(scenario.product.file.load(ref), type="*/*", shows=shows)
        store.tell(store.put(upload, content))
    scenario.later(HOUR)
    scenario.move(ZHAO, "note", ref, text="店长说工单可以调出来，卡号6222021001116245702。")
    scenario.move(scenario.by_link(ref), "message", ref, text="又是等！换了电话，打139 1234 5678。")
    scenario.post()
    return ref


Look = Callable[[str], Road]


@pytest.fixture
def look(client: Any, scenario: Scenario, chromium: Browser, axe: str) -> Iterator[Look]:
    """A function that begins a road in a language."""
    with site(client) as address:
        yield lambda locale: Road("case-page", scenario, chromium, address, locale, axe)


def open_case(road: Road, who: str, ref: str, size: tuple[int, int] = OFFICER) -> Page:
    """Return the page of a case, open for a member of staff on a screen of this size."""
    page = sized(road.staff(who, ref, *GROUPS[who]).page, size)
    page.goto(f"{road.address}/desk/cases/{ref}")
    return page


@pytest.mark.parametrize("locale", ["zh-CN", "en-GB"])
@pytest.mark.parametrize("who", ["zhao", "sun", "zhou"])
def test_an_officers_screen_shows_head_act_and_newest_words(
    look: Look, scenario: Scenario, who: str, locale: str
) -> None:
    """Without scrolling, the screen shows the head, the first act and the newest words. On a phone they come
    in that order, and then the facts. No rule of axe is broken on either."""
    ref, road = investigated(scenario, Store(scenario, "signature")), look(locale)
    page = open_case(road, who, ref)
    for part in (".desk-head", ".desk-do .desk-act", ".desk-turn--consumer"):
        box = page.locator(part).first.bounding_box()
        assert box, part
        assert box["y"] + box["height"] <= OFFICER[1], part
    assert found(page, road.axe) == []
    road.pictures.mkdir(parents=True, exist_ok=True)
    picture(page, road.pictures / f"{who}.png")
    sized(page, PHONE)
    tops = [
        page.locator(part).bounding_box() for part in (".desk-head", ".desk-do", ".desk-main", ".desk-side")
    ]
    heights = [box["y"] for box in tops if box]
    assert heights == sorted(heights)
    assert len(heights) == 4
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert found(page, road.axe) == []
    picture(page, road.pictures / f"{who}-phone.png")
    leave(page)


def test_words_of_any_length_stay_on_a_phone(look: Look, scenario: Scenario) -> None:
    """A product and a company without a space are broken into lines, and a message below the length at which
    it is folded stands whole, without a frame that only a mouse scrolls."""
    road, whole = look("en-GB"), "坏了！" * 280
    account = {"story": "x" * 300, "product": "P" * 120, "business": "y" * 90}
    ref = scenario.submit(account=account).ref
    scenario.move(scenario.by_link(ref), "message", ref, text=whole)
    page = open_case(road, "wang", ref, PHONE)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert page.get_by_text(whole).evaluate("words => words.scrollHeight <= words.clientHeight")
    assert found(page, road.axe) == []
    leave(page)


@pytest.mark.parametrize("where", ["", "/moves/file_report"])
def test_evidence_loads_from_the_store_in_place(
    look: Look, scenario: Scenario, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    """The policy of the page lets the browser load the two sizes of a picture, the document and the sound
    from the store."""
    store = Store(scenario, "signature")
    ref, road = investigated(scenario, store), look("zh-CN")
    with near_store(store) as origin:
        monkeypatch.setenv("STORE_ORIGIN", origin)
        uploads = scenario.product.uploads
        near = type(uploads)(
            **{name: getattr(uploads, name) for name in uploads.__dataclass_fields__ if name != "vault"},
            vault=NearVault(uploads.vault, origin),
        )
        scenario.product.__dict__["uploads"] = near
        page, refused = sized(road.staff("zhao", ref, *GROUPS["zhao"]).page, OFFICER), list[str]()
        page.on("console", lambda said: refused.append(said.text) if said.type == "error" else None)
        page.goto(f"{road.address}/desk/cases/{ref}{where}")
        for size in (".desk-file__small", ".desk-file__large"):
            image = page.locator(size).first
            image.scroll_into_view_if_needed() if size.endswith("small") else page.click(
                ".desk-file summary >> nth=0"
            )
            expect(image).to_be_visible()
            expect(image).to_have_js_property("complete", True)
            assert image.evaluate("image => image.naturalWidth")
        with page.expect_response(
            lambda answer: answer.url.startswith(origin) and "evidence" in answer.url
        ) as got:
            page.click(".desk-file summary >> nth=1")
        assert got.value.ok
        page.evaluate("document.querySelector('audio').load()")
        page.evaluate("document.querySelector('audio').preload = 'metadata'")
        expect(page.locator("audio").first).not_to_have_js_property("readyState", 0)
        assert refused == []
        road.pictures.mkdir(parents=True, exist_ok=True)
        picture(page, road.pictures / f"files{where.replace('/', '-')}.png")
        leave(page)


def test_voices_differ_in_forced_colours_and_in_the_dark(look: Look, scenario: Scenario) -> None:
    """The borders of consumer, ours and internal differ in forced colours, and a dark theme passes axe."""
    ref, road = investigated(scenario, Store(scenario, "signature")), look("zh-CN")
    scenario.move(ZHAO, "message", ref, text="工单已经要到，周五答复您。")
    page = open_case(road, "zhao", ref)
    page.emulate_media(forced_colors="active")
    borders = {
        voice: page.locator(f".desk-turn--{voice}").first.evaluate(
            "one => { const style = getComputedStyle(one); return [style.borderStyle, style.borderLeftWidth,"
            " style.marginLeft] }"
        )
        for voice in ("consumer", "ours", "internal")
    }
    assert len(set(map(str, borders.values()))) == 3, borders
    page.emulate_media(forced_colors="none", color_scheme="dark")
    page.reload()
    assert found(page, road.axe) == []
    picture(page, road.pictures / "dark.png")
    leave(page)


@pytest.mark.parametrize("build", [mediating, breached])
def test_a_case_on_paper_has_its_words_and_no_forms(
    look: Look, scenario: Scenario, build: Callable[[Scenario], str]
) -> None:
    """The print style leaves out acts, links and buttons, and prints what is folded."""
    ref, road = build(scenario), look("zh-CN")
    page = open_case(road, "sun", ref)
    page.emulate_media(media="print")
    for part in (".desk-do", ".desk-links", ".site-header__links"):
        assert not page.locator(part).first.is_visible(), part
    assert page.locator(".desk-turn").first.is_visible()
    assert page.locator("#people").is_visible()
    (PICTURES / "case-page").mkdir(parents=True, exist_ok=True)
    page.pdf(path=PICTURES / "case-page" / f"{build.__name__}.pdf")
    leave(page)
