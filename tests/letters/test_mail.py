"""Letters in mail programs: on phones, on dark screens, without styles, and with screen readers."""

from __future__ import annotations

import re
from functools import cache
from html import unescape
from itertools import product

import pytest

from chalicelib.domain.model.letters import LETTERS
from chalicelib.letters import render
from chalicelib.locale import formats
from tests.letters.sample import slots

BOTH = pytest.mark.parametrize("language", formats.LANGUAGES)
COMPANY = "晨光电器"
READ, SEEN = 4.5, 3
"""The contrast for text, and for borders and buttons (WCAG 2.2, 1.4.3 and 1.4.11)."""


@cache
def mailed(name: str, language: str) -> str:
    """Return the HTML of a letter."""
    return render(name, language, slots(verify="https://c.example/verify"), COMPANY).html


def rules(html: str) -> tuple[dict[str, dict[str, str]], dict[str, dict[str, str]]]:
    """Return the style rules of a letter by selector: for light screens, and for dark ones."""
    style = re.findall(r"(?s)<style>(.*?)</style>", html)[0]
    light, _, dark = style.partition("@media (prefers-color-scheme: dark) {")

    def read(text: str) -> dict[str, dict[str, str]]:
        found: dict[str, dict[str, str]] = {}
        for selectors, said in re.findall(r"([^{}]+)\{([^{}]*)\}", text):
            for selector in selectors.split(","):
                told = re.findall(r"([\w-]+): ([^;]+?)(?: !important)?;", said)
                found.setdefault(selector.strip(), {}).update(told)
        return found

    always, instead = read(light), read(dark)
    return always, {
        selector: {**always.get(selector, {}), **instead.get(selector, {})} for selector in always
    }


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours (WCAG 2.2)."""

    def luminance(colour: str) -> float:
        parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
        r, g, b = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
        return 0.2126 * r + 0.7152 * g + 0.0722 * b

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_colour_is_read_in_light_and_in_dark(scheme: str) -> None:
    """Text, links, muted text, quotations and buttons have enough contrast on light and dark screens."""
    html = mailed("answer", "zh")
    found = rules(html)[scheme == "dark"]
    card, quote, button = found[".card"], found["blockquote"], found[".button"]
    on_card = (card["color"], found["a"]["color"], found[".muted"]["color"])
    assert all(contrast(colour, card["background"]) >= READ for colour in on_card)
    assert contrast(quote["color"], quote["background"]) >= READ
    assert contrast(button["color"], button["background"]) >= READ
    assert contrast(button["background"], card["background"]) >= SEEN
    assert 'name="color-scheme" content="light dark"' in html


def test_a_program_that_drops_styles_shows_it_in_light() -> None:
    """The inline styles equal the rules for light screens, so that programs without style sheets show
    them."""
    html, always = mailed("answer", "en"), rules(mailed("answer", "en"))[0]
    for kind in ("page", "card", "muted", "button"):
        for own in re.findall(rf'class="{kind}"[^>]*style="([^"]*)"', html):
            told = dict(re.findall(r"([\w-]+): ([^;]+);", own))
            assert {name: told[name] for name in always[f".{kind}"]} == always[f".{kind}"], kind


def test_a_letter_is_as_wide_as_its_screen() -> None:
    """A letter has no fixed width, table or picture; its text has the size of a phone's, and long
    addresses break."""
    for name in LETTERS:
        html = mailed(name, "zh")
        widths = re.findall(r"(?<![\w-])width: ?(\d+)px|<(?:table|img)", html)
        assert not widths, name
        assert re.findall(r"max-width: (\d+)px", html) == ["600"], name
        assert "font-size: 16px" in html, name
        assert "overflow-wrap: anywhere" in html, name


def test_every_link_says_where_it_leads() -> None:
    """Each link has words as its text, and its address is repeated on a line of its own."""
    for name, language in product(LETTERS, formats.LANGUAGES):
        html = mailed(name, language)
        for address, words in re.findall(r'<a [^>]*href="([^"]+)"[^>]*>(.*?)</a>', html):
            assert words, name
            assert "://" not in words, name
            assert f">{address}</p>" in html, address
        if not LETTERS[name].bare and name != "stop_sale":
            assert 'class="button"' in html, name


@BOTH
def test_mail_names_its_sender_above_and_below(language: str) -> None:
    """The HTML starts with company and service; the text has the company with the team and its phone."""
    letter = render("receipt", language, slots(), COMPANY)
    service = formats.texts(language)["page"]["common"]["service"]
    head, _, _ = letter.html.partition("<h1")
    assert f"{COMPANY} · {service}" in head
    assert letter.company == COMPANY
    line = next(line for line in letter.text.splitlines() if COMPANY in line)
    assert slots()["team"] in line
    assert slots()["phone"] in line


def test_inbox_preview_is_the_beginning_of_the_letter() -> None:
    """The preview in the inbox is plain text. A one-time code has none, because locked screens show it."""
    for name, language in product(LETTERS, formats.LANGUAGES):
        first = re.findall(r'<div style="display: none[^>]*>(.*?)</div>', mailed(name, language))[0]
        assert bool(first) == (not LETTERS[name].bare), name
        assert not re.match(r"[>#*-]|\d\.", unescape(first)), first


@BOTH
def test_each_passage_says_its_language(language: str) -> None:
    """The letter and the line in the other language have their own `lang`."""
    html = mailed("receipt", language)
    own, other = ("zh-CN", "en") if language == "zh" else ("en", "zh-CN")
    assert html.count(f'lang="{own}"') == 2
    assert html.count(f'<p lang="{other}">') == 1


@BOTH
def test_mail_has_landmarks(language: str) -> None:
    """A screen reader finds the sender and the letter itself. All text that is shown lies in one of them."""
    for name in LETTERS:
        html = mailed(name, language)
        body = re.sub(r'(?s)<div style="display: none.*?</div>', "", html[html.index("<body") :])
        assert [*re.findall(r'role="(banner|main)"', body)] == ["banner", "main"]
        outside = body[: body.index('role="banner"')] + body[body.rindex("</div>\n</div>") :]
        assert not re.sub(r"(?s)<[^>]*>?", "", outside).strip()
        assert body.count("<h1") == 1
        assert body.index('role="main"') < body.index("<h1")
