"""Typesetting of arbitrary text: every input is set completely and in bounded time."""

from __future__ import annotations

import re
import resource
from collections.abc import Callable
from itertools import cycle
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from chalicelib.documents.agreement import render
from chalicelib.documents.confirmation import application
from chalicelib.documents.copy import copy
from chalicelib.documents.enforcement import paper
from chalicelib.documents.report import report
from chalicelib.documents.typesetting import ROOM
from chalicelib.documents.words import BREAK, LOST, SAYS_LOST, SPACE, WIDE, typesettable
from chalicelib.domain.printable import unprintable
from tests.documents.agreements import IN_FORCE, VERIFY, Text, agreement, clause, digest, signatures
from tests.documents.glyphs import listed
from tests.documents.reader import boxes, words
from tests.documents.referrals import referral

LONGEST_S, WAITS = 12, ROOM._replace(seconds=200)
"""The CPU seconds that a hostile document may take, and the seconds to wait on a busy machine."""
HOSTILE = {
    "marks": "a" + "\u0301" * 50_000,
    "enclosing marks": "\u20dd" * 50_000,
    "marks on spaces": " \u0301" * 25_000,
    "marks of many writings": "क्षि\u0e31\u0591\ufe20" * 5_000,
    "scripts in turn": "O’N “中" * 1_560,
    "Cyrillic in turn": "aб" * 25_000,
    "a long word": "x" * 100_000,
    "a long word of Greek": "ψ" * 50_000,
    "a long Chinese word": "中" * 100_000,
    "links": "https://complaints.example/" + "case/" * 5_000,
    "one link a word": f"http://{'a' * 40}.example/ " * 1_000,
    "words that are broken": ("x" * 30 + " ") * 1_500,
    "direction": "\u202eabc\u2066א\u2069\u200f" * 5_000,
    "Hebrew and Arabic": "שלום مرحبا " * 4_000,
    "families": "👨‍👩‍👧‍👦" * 5_000,
    "flags and variations": "🇨🇳❤️\u200d🔥葛\U000e0100" * 3_000,
    "NUL": "a\0b" * 10_000,
    "controls": "".join(map(chr, [*range(32), *range(127, 160)])) * 200,
    "no width": "a\u200b\u200d\u2060\ufeff\u00ad" * 8_000,
    "half a character": "\ud83d" * 10_000,
    "not a character": "\ufffe\uffff\U0010ffff" * 5_000,
    "private use": "\ue000\U000f0000" * 5_000,
    "spaces": "a" + " " * 50_000,
    "wide spaces": "\u3000" * 50_000,
    "spaces that hold": "\u00a0" * 50_000,
    "dashes": "—" * 50_000,
    "stops": "。" * 50_000,
    "brackets": "((([[{{（【“" * 5_000,
    "lines": "a\n" * 10_000,
    "line ends": "a\r\n\u2028\u2029\x0b\x0c\x85" * 3_000,
    "markup": "#{[$*_`<@\\//" * 4_000,
}
"""Texts that have broken a document, or might."""


def cpu() -> float:
    """Return the CPU seconds used by child processes so far."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def printable(text: str) -> str:
    """Return the characters of a text that an agreement accepts."""
    return text.translate(dict.fromkeys(map(ord, unprintable(text)))) or "无"


def agreed(*texts: str) -> Text:
    """Return an agreement in whose free fields these texts take turns; names and headings have at most 200
    characters."""
    said = [printable(text)[:25_000] for text in texts]
    long, short = cycle(said), cycle([" ".join(text[:200].split()) or "无" for text in said])
    mediator = {name: next(short) for name in ("name", "body", "qualification", "number")}
    parties = [{**one, "name": next(short), "represented_by": next(short)} for one in agreement()["parties"]]
    return agreement(
        languages=["zh", "en"],
        facts={"zh": next(long), "en": next(long)},
        remarks={"zh": next(long), "en": next(long)},
        mediator={**agreement()["mediator"], **mediator},
        clauses=[clause(what={"zh": next(long)[:2000], "en": next(long)[:2000]})],
        complaint={**agreement()["complaint"], "product": next(short), "order": next(short)},
        parties=parties,
    )


def _agreement(*texts: str) -> bytes:
    it = agreed(*texts)
    return render(it, signatures(it), digest(it), IN_FORCE, VERIFY, room=WAITS)


def _application(*texts: str) -> bytes:
    return application(agreed(*texts), IN_FORCE, room=WAITS)


def _statement(*texts: str) -> bytes:
    return paper(referral(agreed(*texts), what=texts[0][:2000]), room=WAITS)


def _enforcement(*texts: str) -> bytes:
    ruling = texts[-1][:200], texts[0][:200]
    return paper(referral(agreed(*texts), what=texts[-1][:2000], ruling=ruling), room=WAITS)


def _copy(language: str) -> Callable[..., bytes]:
    def made(*texts: str) -> bytes:
        sections = [
            {"title": text[:200], "rows": [[text[:200], text], [text[-200:], text[:2000]]]} for text in texts
        ]
        return copy(
            {
                "language": language,
                "number": "7151-1980-9316",
                "title": "投诉副本",
                "at": "2026-11-30T01:00:00Z",
                "sections": sections,
                "note": texts[0][:2000],
            },
            room=WAITS,
        )

    return made


PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 12"><path d="M2 1h20v10H2z"/></svg>'


def _part(text: str) -> dict[str, Any]:
    return {
        "title": f"Part {text[:200]}",
        "says": text[:2000],
        "nothing": text[:200],
        "head": [text[:50]] * 2,
        "lines": [[text[:200], ["1", text[:10]], 50], [text[:50], ["1", "2"], None]],
        "ends": ["0", text[:10]],
        "drawn": [[text[:50], text[:10], f"Plot {text[:200]}", PICTURE]],
        "keys": [[PICTURE, text[:50]]],
    }


def _report(*texts: str) -> bytes:
    parts = [_part(text) for text in texts]
    first, last = texts[0], texts[-1]
    return report(
        {
            "language": "en",
            "period": "2026-11",
            "title": f"Report {first[:200]}",
            "at": "2026-11-30T00:00:00Z",
            "edition": "Final report",
            "says": [*(text[:2000] for text in texts), first[:50]],
            "foreword": {"title": "Words", "parts": [[f"Part {last[:50]}", last[:2000]]], "says": last[:200]},
            "parts": [*parts, {**parts[0], "lines": [], "drawn": [], "keys": []}],
        },
        room=WAITS,
    )


MADE: dict[str, Callable[..., bytes]] = {
    "agreement": _agreement,
    "application": _application,
    "statement": _statement,
    "enforcement": _enforcement,
    "copy": _copy("zh"),
    "English copy": _copy("en"),
    "report": _report,
}
"""Every kind of document, with a text in each typeset field. Of several texts each is in some fields."""
ANY = st.text(st.characters(), max_size=400)
REPEATED = st.builds(
    lambda text, times: text * times, st.text(st.characters(), max_size=6), st.integers(1, 3000)
)
PRINTABLE = st.text(
    st.sampled_from(
        [
            chr(code)
            for line in listed().split()
            for code in range(int(line.split("-")[0], 16), int(line.split("-")[-1], 16) + 1)
        ]
    ),
    max_size=400,
)


def test_a_document_tells_which_characters_it_lacks() -> None:
    """The note about missing characters is in the document's language, and only in documents that lack
    some."""
    for language, made in (("zh", MADE["copy"]), ("en", MADE["English copy"])):
        said = "".join(SAYS_LOST[language].split())
        assert said in words(made("洗衣机坏了😡。"))
        assert said not in words(made("洗衣机坏了。"))
        assert said not in words(made(f"他写了{LOST}。"))


@pytest.mark.parametrize("document", ["agreement", "enforcement", "copy", "report"])
@pytest.mark.parametrize("first", range(0, len(HOSTILE), 4))
def test_no_text_breaks_a_document(document: str, first: int) -> None:
    """Four hostile texts in the fields of one document are typeset in time and inside the page."""
    texts = [*HOSTILE.values()][first : first + 4]
    began = cpu()
    pdf = MADE[document](*texts)
    assert cpu() - began < LONGEST_S
    right = max((box[2] for box in boxes(pdf)), default=0)
    assert right < 595, "within the width of A4"


@pytest.mark.parametrize("document", ["agreement", "application", "enforcement", "copy", "report"])
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=ANY | REPEATED | PRINTABLE)
def test_any_text_can_be_typeset(document: str, text: str) -> None:
    """Any Unicode text can be typeset in all fields at once."""
    assert MADE[document](text).startswith(b"%PDF")


def seen(text: str) -> str:
    """Return a text without invisible characters."""
    return "".join(one for one in text if not one.isspace() and one != BREAK)


@given(text=ANY | REPEATED | PRINTABLE)
def test_bounded_loses_no_word(text: str) -> None:
    """Except for spaces and characters without a glyph, replaced by `LOST`, the text keeps all characters
    in order."""
    lines = "\n".join(text.splitlines())
    shown = "".join(LOST if unprintable(one) else one for one in lines)
    assert seen(typesettable(text)) == seen(shown)


@given(text=ANY | REPEATED | PRINTABLE)
def test_bounded_limits_paragraphs_and_runs(text: str) -> None:
    """A paragraph has at most 1,000 characters, and a run without a break at most 60."""
    said = typesettable(text)
    assert all(len(line.replace(BREAK, "")) <= 1000 for line in said.split("\n"))
    runs = re.findall(f"[^{SPACE}{WIDE}{BREAK}/-]+", said)
    assert all(
        len(re.sub("[\u0300-\u036f\u20d0-\u20ff\u302a-\u302f\u3099\u309a]", "", run)) <= 60 for run in runs
    )


def test_a_long_paragraph_ends_with_a_sentence() -> None:
    """A long paragraph is split after a sentence where possible; a decimal point ends none."""
    said = typesettable("他们说三天内退款1.5倍。" * 300)
    assert {line[-1] for line in said.split("\n")} == {"。"}


def test_short_and_ordinary_words_stay_as_they_are() -> None:
    """Links, numbers and names stay unchanged, so that they can be copied from the document."""
    for said in (
        "王芳",
        "https://consumer.complaints.bigcompany.example/verify",
        "7151-1980-9316-1",
        "Maximilian Freiherr von und zu Hohenstein-Österreich",
        "洗衣机坏了，商家不退。" * 80,
    ):
        assert typesettable(said) == said


def test_a_run_is_broken_within() -> None:
    """Breaks are set only inside a run, never before a combining mark or a stop."""
    run = "x" * 29 + "e\u0301"
    assert typesettable(f"（{run}。") == f"（{BREAK.join([*'x' * 29, run[-2:]])}。"
