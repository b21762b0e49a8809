"""Call scripts of letters: full sentences, without office terms."""

from __future__ import annotations

import json
import re

import pytest

from chalicelib.domain.model.letters import LETTERS
from chalicelib.letters import render
from chalicelib.letters.spoken import spoken
from chalicelib.locale import formats
from tests.letters.reading import covering
from tests.letters.sample import BRANCHES, slots

PARTY = sorted(name for name, letter in LETTERS.items() if letter.to == "party")
BOTH = pytest.mark.parametrize("language", formats.LANGUAGES)
OFFICE = {
    "zh": r"补正|重作|补足数量|催告|研判|不适格|未异议|已逾期\d",
    "en": (
        r"(?i)cure (notice|period)|executive owner|scope decision|safety triage|take back goods|"
        r"lawful way|place of no|what consumers tell"
    ),
}
"""Terms of the office that no consumer reads (tables.md §8)."""
PAGES = ("common", "consumer", "stories", "files", "verify")


@pytest.mark.parametrize("name", PARTY)
def test_every_letter_is_in_plain_words_and_its_script_in_spoken_sentences(name: str) -> None:
    """No letter has an office term. Its script has no link, mark, digest or other language, ends each line
    with a sentence, and speaks the number in groups."""
    each = [(one, branch) for one in formats.LANGUAGES for branch in covering(name, one, BRANCHES.values())]
    for language, branch in each:
        letter = render(name, language, branch, mailed=False)
        assert not re.search(OFFICE[language], f"{letter.subject}\n{letter.text}")
        text = spoken(language, letter, "4821-0936-5174")
        assert not re.search(r"https?:|/case/|----|\* \*|[0-9a-f]{64}|\d{4}-\d{4}-\d{4}|–", text), text
        lines = [line for line in text.splitlines() if line]
        assert not [line for line in lines if re.match(r"[->#*•]|\d+\. ", line)], text
        assert all(line[-1] in "。？；：.?;:" and not line[0].islower() for line in lines), text
        assert not re.search(r"[,，][.。]", text), text
        assert ("English:" if language == "zh" else "中文") not in text
        assert ("4821，0936，5174" if language == "zh" else "4821, 0936, 5174") in text


@BOTH
def test_a_script_ends_with_one_thing_to_remember(language: str) -> None:
    """A script ends with the deadline of the letter, or else with the number."""
    asked, told = (
        spoken(language, render(name, language, slots()), "4821-0936-5174").splitlines()[-1]
        for name in ("information_request", "message_reply")
    )
    assert formats.moment(language, slots()["due"]["information"]) in asked
    assert ("4821，0936，5174" if language == "zh" else "4821, 0936, 5174") in told


@BOTH
def test_no_page_of_a_party_has_a_word_of_the_office(language: str) -> None:
    """Pages for parties, and the lists that they show, have no office term."""
    page = formats.texts(language)["page"]
    shown = (
        "stage",
        "wish",
        "remedy",
        "letter",
        "outcome",
        "pause_reason",
        "decline_ground",
        "deadline",
        "duty",
        "move",
        "measure",
        "excuse_ground",
        "dismissal",
        "proof",
    )
    lists = [formats.texts(language)[name] for name in shown]
    said = json.dumps([[page[part] for part in PAGES], lists], ensure_ascii=False)
    assert not re.search(OFFICE[language], said)
