"""Every letter in both languages, with every slot and every branch: what people are told reads well and never breaks."""
from __future__ import annotations

import re
from pathlib import Path

import pytest
from jinja2 import UndefinedError

from chalicelib import letters
from chalicelib.letters import INSIDE, LETTERS, render, saying
from tests.letters.sample import BRANCHES, FORBIDDEN, MIDNIGHT, TODAY, WORDS, facts, matter, slots

HOUSE = Path(letters.__file__).parent
PARTY = sorted(name for name, inside in LETTERS.items() if not inside)
BOTH = pytest.mark.parametrize("language", saying.LANGUAGES)
EACH = pytest.mark.parametrize("name", sorted(LETTERS))
BRANCH = pytest.mark.parametrize("branch", BRANCHES)
HOSTILE = ("*星* _线_ # 题 [点我](javascript:alert(1)) <b>粗</b> <script>x</script> {{ 7*7 }} `code` &lt; \\ | ~~x~~ ![i](http://x/y) "
           "<http://x> 1. - + >")


def test_every_letter_has_both_languages_and_nothing_else() -> None:
    """A letter is a folder with zh.md and en.md, and every shared part has both languages too."""
    for folder in (path for path in HOUSE.iterdir() if path.is_dir() and path.name not in ("parts", "__pycache__")):
        assert {path.name for path in folder.iterdir()} == {"zh.md", "en.md"}, folder.name
        assert folder.name in LETTERS
    parts = {path.name for path in (HOUSE / "parts").glob("*.md")}
    assert {name.replace(".zh.", ".en.") for name in parts if ".zh." in name} == {name for name in parts if ".en." in name}
    assert set(LETTERS) >= INSIDE


@BOTH
def test_every_letter_has_a_name_in_each_language(language: str) -> None:
    """The list of letters and the labels of the letters are the same list."""
    assert set(saying.texts(language)["letter"]) == set(LETTERS)


@BOTH
@EACH
@BRANCH
def test_each_branch_of_each_letter_reads_whole(name: str, language: str, branch: str) -> None:
    """No slot is left over, no "None" or code shows, no forbidden word, no exclamation mark, one line of subject."""
    subject, text, html = render(name, language, BRANCHES[branch])
    said = f"{subject}\n{text}"
    assert re.fullmatch(r"\S.*4821-0936-5174.*\S|\S.*4821-0936-5174", subject)
    assert not re.search(r"\{\{|\}\}|\{%|%\}|None|Undefined|\n\n\n|[，。：]{2}|  +\S|\.\.", said.replace("> \n", "")), said
    assert not [word for word in FORBIDDEN if word in said.lower()]
    assert not re.search(r"(?<![\w/])[a-z]+_[a-z_]+", said.replace(BRANCHES[branch]["link"], "")), "a code shows"
    assert html.startswith(f'<!doctype html>\n<html lang="{"zh-CN" if language == "zh" else "en"}">')
    assert not re.search(r"\$|&lt;|<p></p>|\{\{", html)
    assert not re.search(r"\*\*|`", text)


@BOTH
@pytest.mark.parametrize("name", PARTY)
def test_a_party_letter_says_who_writes_and_what_else_is_open(name: str, language: str) -> None:
    """Number, date, team, phone and page link; how to get the other language; other ways stay open; no page that does not exist."""
    text = render(name, language, slots()).text
    for part in ("4821-0936-5174", "客户权益组", "400-800-1234", slots()["link"], saying.day(language, TODAY)):
        assert part in text
    assert ("English:" if language == "zh" else "中文：") in text
    assert ("其他合法途径随时可以选择" if language == "zh" else "open to you at any time") in text
    assert "/verify" not in text


@BOTH
@pytest.mark.parametrize("name", sorted(INSIDE))
def test_an_inside_letter_says_in_its_subject_who_and_what(name: str, language: str) -> None:
    """Who, which case, and what to do now stand in the subject line; what the consumer reads about other ways does not."""
    letter = render(name, language, slots())
    assert letter.subject.startswith("李雷")
    assert slots()["link"] in letter.text
    assert not re.search("其他合法途径|at any time", letter.text)


@BOTH
@pytest.mark.parametrize("name", ["information_request", "information_reminder", "declined", "answer_reminder", "not_pursued", "withdrawn",
                                  "closed"])
def test_every_window_names_its_end_and_what_silence_means(name: str, language: str) -> None:
    """The last moment stands in the first lines, and silence has a stated effect; until delivery no date is claimed."""
    told = saying.moment(language, MIDNIGHT)
    text = render(name, language, slots(promised=None)).text
    assert told in "\n".join(text.split("\n")[:6])
    assert re.search("逾期没有" if language == "zh" else r"[Ii]f (we hear nothing|you do not)", text)
    assert told not in render(name, language, slots(promised=None, due={})).text


@BOTH
def test_silence_means_something_else_once_a_matter_is_accepted(language: str) -> None:
    """Asked at intake, silence closes; asked later, work goes on with what is there."""
    asked = [render("information_request", language, slots(matters=[matter(1, state)])).text for state in (None, "declined", "accepted")]
    closing = ["结案" in text if language == "zh" else "closed as not pursued" in text for text in asked]
    assert closing == [True, True, False]


@BOTH
def test_a_declined_matter_gives_ground_reason_and_routes(language: str) -> None:
    """Each declined matter has its ground in plain words and the facts; the other ways follow with their limits."""
    text = render("declined", language, slots()).text
    for part in (saying.label(language, "no_consumer_relation", "decline_ground"), "> 没有找到您的订单。\n> 请看附件。",
                 saying.label(language, "samr_12315", "route"), saying.label(language, "court", "route_note")):
        assert part in text
    assert saying.texts(language)["words"]["erased"] in render("declined", language, BRANCHES["nothing optional"]).text


@BOTH
def test_safety_comes_first(language: str) -> None:
    """Where safety is concerned, care and the first steps stand before the case; elsewhere they do not appear."""
    first = "我们首先关心" if language == "zh" else "Your safety"
    for name in ("receipt", "accepted", "accepted_in_part", "declined", "information_request"):
        assert render(name, language, slots()).text.split("\n")[2].startswith(first)
        assert first not in render(name, language, slots(matters=[matter(1, "declined")])).text


@BOTH
@EACH
def test_hostile_words_come_out_literally(name: str, language: str) -> None:
    """What people typed is words: not markup, not a link, not a template, and no second subject line."""
    hostile = slots(name=f"{HOSTILE}\r\nBcc: x", words=dict.fromkeys(WORDS, HOSTILE), handler=HOSTILE, team=HOSTILE,
                    facts=facts(asker=HOSTILE, passphrase=HOSTILE),
                    matters=[matter(1, "accepted"), matter(2, "declined", reason=f"{HOSTILE}\n\n    # code\n- x\n===")])
    subject, text, html = render(name, language, hostile)
    body = html[html.index("</h1>"):]
    assert not re.search("[\r\n]", subject)
    assert "\r" not in text
    assert HOSTILE in text
    assert not re.search(r"<(b|script|em|strong|img|code|pre|del)\b|javascript:[^)]*\"|href=\"http://x|49", body)
    assert re.findall(r'href="([^"]*)"', body) == [slots()["link"]]
    plain = re.sub(r"<[^>]+>", "", body).replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"').replace("&amp;", "&")
    assert HOSTILE in plain


def test_every_printable_character_survives_the_html() -> None:
    """All ASCII punctuation, alone and doubled, in a value that stands inside a sentence and in a quotation."""
    marks = "".join(chr(code) for code in range(33, 127))
    body = render("message_reply", "zh", slots(name=marks, words={"text": f"{marks}\n    {marks}{marks}\n{marks}"})).html
    body = re.sub(r"<[^>]+>", "", body[body.index("</h1>"):])
    assert body.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"').replace("&amp;", "&").count(marks) == 5


@EACH
def test_a_missing_slot_is_an_error_and_never_a_gap(name: str) -> None:
    """A letter with a hole in it does not leave the house."""
    with pytest.raises(UndefinedError):
        render(name, "zh", {key: value for key, value in slots().items() if key != "number"})
    with pytest.raises(ValueError, match="empty"):
        render(name, "zh", slots(team=None))
