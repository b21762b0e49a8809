"""Letters in both languages, with all slots and branches."""

from __future__ import annotations

import re
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from jinja2 import UndefinedError

from chalicelib import letters
from chalicelib.domain.engine.deadlines import DEADLINES
from chalicelib.domain.model.codes import Measure, Route
from chalicelib.domain.model.letters import LETTERS
from chalicelib.letters import HERE, render
from chalicelib.locale import formats
from tests.closed import complete
from tests.letters.reading import covering, reads_whole
from tests.letters.sample import BRANCHES, MIDNIGHT, TODAY, facts, finding, matter, promise, slots, words

HOUSE = Path(letters.__file__).parent
PARTY = sorted(name for name, letter in LETTERS.items() if letter.to == "party")
BOTH = pytest.mark.parametrize("language", formats.LANGUAGES)
EACH = pytest.mark.parametrize("name", sorted(LETTERS))
HOSTILE = (
    "*星* _线_ # 题 [点我](javascript:alert(1)) <b>粗</b> <script>x</script> {{ 7*7 }} `code` &lt; \\ | "
    "~~x~~ ![i](http://x/y) "
    "<http://x> 1. - + >"
)


def test_every_letter_has_both_languages_and_nothing_else() -> None:
    """Each letter is a folder with zh.md and en.md, and each shared part has both languages."""
    for folder in (
        path for path in HOUSE.iterdir() if path.is_dir() and path.name not in ("parts", "__pycache__")
    ):
        assert {path.name for path in folder.iterdir()} == {"zh.md", "en.md"}, folder.name
        assert folder.name in LETTERS, f"declare Letter({folder.name!r}) in domain/model/letters.py"
    parts = {path.name for path in (HOUSE / "parts").glob("*.md")}
    assert {name.replace(".zh.", ".en.") for name in parts if ".zh." in name} == {
        name for name in parts if ".en." in name
    }
    complete(
        {folder.parent.name for folder in HOUSE.glob("*/zh.md")},
        LETTERS,
        "chalicelib/letters",
        "write a folder of that name with zh.md and en.md, the subject in the first line",
    )


@BOTH
def test_every_letter_has_a_name_in_each_language(language: str) -> None:
    """Each letter has a label."""
    complete(
        formats.texts(language)["letter"],
        LETTERS,
        f"chalicelib/locale/{language}/letters.json, section `letter`",
        "write its name as lists of letters show it",
    )


@EACH
def test_each_branch_of_each_letter_reads_whole(name: str) -> None:
    """A rendered letter is free of unfilled slots, codes, forbidden words and exclamation marks. Its
    subject is one line."""
    for language in formats.LANGUAGES:
        reads_whole(name, language, *covering(name, language, BRANCHES.values()))


@BOTH
@pytest.mark.parametrize("name", ["outside_noted", "proof_decided", "contact_changed", "task"])
def test_unknown_dates_are_left_out(name: str, language: str) -> None:
    """Unknown dates are left out of a letter."""
    reads_whole(name, language, slots(changed=[], facts=facts(due=None, by=None, accepted=False)))
    assert (
        formats.moment(language, MIDNIGHT)
        not in render(name, language, slots(facts=facts(due=None, by=None), promised=None)).text
    )


@pytest.mark.parametrize("name", [name for name in PARTY if not LETTERS[name].bare])
def test_a_party_letter_says_who_writes_and_what_else_is_open(name: str) -> None:
    """A letter to a party has number, date, team, phone, page link and verification address, and mentions
    the other language and other legal ways."""
    for language in formats.LANGUAGES:
        text = render(name, language, slots()).text
        for part in (
            "4821-0936-5174",
            "客户权益组",
            "400-800-1234",
            slots()["link"],
            formats.day(language, TODAY),
        ):
            assert part in text
        assert ("English:" if language == "zh" else "中文：") in text
        assert (
            "其他合法途径随时可以选择" if language == "zh" else "turn to other places at any time"
        ) in text
        assert f"{slots()['public_url']}/verify" in text


@BOTH
def test_the_digest_of_a_letter_is_that_of_its_words(language: str) -> None:
    """The digest can be recomputed from the text with zeros in its place and the reader's links removed.
    Other words change it."""
    letter = render("accepted", language, slots())
    words = f"{letter.subject}\n{letter.text}".replace(letter.digest, "0" * 64)
    for link in (slots()["link"], slots()["confirm"]):
        words = words.replace(link, "")
    assert letter.digest == sha256(words.encode()).hexdigest()
    assert letter.digest in letter.html
    assert (
        render("accepted", language, slots(link="https://redress.example/case/1/2")).digest == letter.digest
    )
    assert render("accepted", language, slots(handler="韩冬")).digest != letter.digest


@BOTH
@pytest.mark.parametrize("name", sorted({*LETTERS} - {*PARTY}))
def test_an_inside_letter_says_in_its_subject_who_and_what(name: str, language: str) -> None:
    """A letter to staff starts its subject with the person, and omits the consumer's other legal ways."""
    letter = render(name, language, slots())
    assert letter.subject.startswith("李雷")
    assert (slots()["link"] in letter.text) == (name != "stop_sale"), (
        "whom a stop of sale is sent to does not see the case"
    )
    assert not re.search("其他合法途径|at any time", letter.text)


@BOTH
@pytest.mark.parametrize(
    "name",
    [
        "information_request",
        "information_reminder",
        "declined",
        "answer_reminder",
        "not_pursued",
        "withdrawn",
        "closed",
        "answer",
        "answer_corrected",
        "fulfilled",
        "joint_invitation",
        "joint_consent",
        "joint_representatives",
        "appraisal_proposal",
        "authority_request",
        "performance_question",
        "panel_named",
        "reconsideration_decision",
        "absence_asked",
        "minutes",
        "confirmation_offer",
        "confirmation_reminder",
        "change_proposed",
        "survey",
        "survey_reminder",
        "opinion",
    ],
)
@pytest.mark.parametrize("stage", ["answered", "closed"])
def test_every_window_names_its_end_and_what_silence_means(name: str, stage: str, language: str) -> None:
    """The first lines name the end of the window, and the letter states the effect of silence. Before
    delivery no date is named."""
    told = formats.moment(language, MIDNIGHT)
    text = render(name, language, slots(promised=None, promised_before=None, stage=stage)).text
    assert told in "\n".join(text.split("\n")[:6])
    assert re.search("逾期没有" if language == "zh" else r"[Ii]f (we hear nothing|you do not)", text)
    silent = slots(promised=None, promised_before=None, due={}, stage=stage)
    assert told not in render(name, language, silent).text


@BOTH
@pytest.mark.parametrize("name", ["survey", "survey_reminder", "settled_at_once"])
def test_no_day_to_ask_for_reconsideration_is_named_that_has_passed(name: str, language: str) -> None:
    """A letter after the end of the window does not mention reconsideration."""
    declined = [matter(1, "declined", final=False)]
    for until, named in ((MIDNIGHT + timedelta(hours=1), True), (MIDNIGHT - timedelta(hours=1), False)):
        filled = slots(today=MIDNIGHT, due={"answer_window": until}, stage="closed", matters=declined)
        assert (formats.moment(language, until) in render(name, language, filled).text) is named


def test_a_date_is_called_by_its_deadline() -> None:
    """Each name that a template uses after `due` is a declared deadline."""
    texts = "".join(text.read_text("utf-8") for text in HERE.glob("*/*.md"))
    named = {name for name in re.findall(r"due\.(\w+)", texts) if name != "get"}
    for asked in re.findall(r"due\.get\(([^()]*)\)", texts):
        named |= set(re.findall(r"(?<!== )'(\w+)'", asked))
    assert len(named) > 20
    assert named <= set(DEADLINES)


@BOTH
def test_silence_means_something_else_once_a_matter_is_accepted(language: str) -> None:
    """Silence to a request before acceptance closes the case; after acceptance the work continues."""
    asked = [
        render("information_request", language, slots(matters=[matter(1, state)])).text
        for state in (None, "declined", "accepted")
    ]
    closing = ["结案" in text if language == "zh" else "closed as not pursued" in text for text in asked]
    assert closing == [True, True, False]


@BOTH
def test_a_declined_matter_gives_ground_reason_and_routes(language: str) -> None:
    """A refusal names the ground of each matter in plain words, the reason, and other ways with their
    limits."""
    text = render("declined", language, slots()).text
    for part in (
        formats.label(language, "no_consumer_relation", "decline_ground"),
        "某某电器，400-000-0000",
        "> 没有找到您的订单。\n> 请看附件。",
        formats.label(language, "samr_12315", "route"),
        formats.label(language, "court", "route_note"),
    ):
        assert part in text
    assert (
        formats.texts(language)["words"]["erased"]
        in render("declined", language, BRANCHES["nothing optional"]).text
    )


@BOTH
def test_safety_advice_opens_letters_of_safety_cases(language: str) -> None:
    """Safety advice comes first in a safety case, and is absent in others."""
    first = "我们首先关心" if language == "zh" else "Your safety"
    for name in ("receipt", "accepted", "accepted_in_part", "declined", "information_request"):
        assert render(name, language, slots()).text.split("\n")[2].startswith(first)
        assert first not in render(name, language, slots(matters=[matter(1, "declined")])).text


@BOTH
def test_the_letter_with_a_code_carries_nothing_else(language: str) -> None:
    """The letter with a code has the code, number, purpose and phone only; the subject omits the code."""
    letter = render("one_time_code", language, slots())
    for part in ("048213", "4821-0936-5174", formats.choice(language, "waive"), "400-800-1234", "15"):
        assert part in letter.text
    assert not re.search("https?:|李雷|洗衣机", letter.text)
    assert "048213" not in letter.subject
    assert len(letter.text) < 700


@pytest.mark.parametrize("name", sorted(name for name in LETTERS if not LETTERS[name].bare))
def test_hostile_words_come_out_literally(name: str) -> None:
    """Markup, links, templates and line breaks in free text stay plain text."""
    hostile = slots(
        name=f"{HOSTILE}\r\nBcc: x",
        verify=None,
        words=words(HOSTILE),
        handler=HOSTILE,
        team=HOSTILE,
        representative=HOSTILE,
        facts=facts(asker=HOSTILE, passphrase=HOSTILE),
        outside_number=HOSTILE,
        terms=HOSTILE,
        rules=[{"law": "contract", "article": HOSTILE}],
        changed=[("email", HOSTILE)],
        purchase=dict.fromkeys(("business", "shop", "product", "order"), HOSTILE),
        matters=[
            matter(1, "accepted", reason=HOSTILE, findings=[finding(f"{HOSTILE}\n# x")]),
            matter(2, "declined", instead=HOSTILE, reason=f"{HOSTILE}\n\n    # code\n- x\n==="),
        ],
    )
    for language in formats.LANGUAGES:
        subject, text, html, *_ = render(name, language, hostile)
        body = html[html.index("</h1>") :]
        assert not re.search("[\r\n]", subject)
        assert "\r" not in text
        assert HOSTILE in text
        assert not re.search(
            r"<(b|script|em|strong|img|code|pre|del)\b|javascript:[^)]*\"|href=\"http://x|49", body
        )
        assert re.findall(r'href="([^"]*)"', body) == (
            [slots()["link"]] if LETTERS[name].to != "party" else [slots()["link"], slots()["confirm"]]
        ) * (name != "stop_sale")
        plain = (
            re.sub(r"<[^>]+>", "", body)
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&quot;", '"')
            .replace("&amp;", "&")
        )
        assert HOSTILE in plain


def test_every_printable_character_survives_the_html() -> None:
    """All ASCII punctuation, single and doubled, survives inside a sentence and a quotation."""
    marks = "".join(chr(code) for code in range(33, 127))
    body = render(
        "message_reply", "zh", slots(name=marks, words={"text": f"{marks}\n    {marks}{marks}\n{marks}"})
    ).html
    body = re.sub(r"<[^>]+>", "", body[body.index("</h1>") :])
    assert (
        body.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", '"')
        .replace("&amp;", "&")
        .count(marks)
        == 5
    )


@BOTH
def test_an_answer_says_everything_that_it_rests_on_and_leads_to(language: str) -> None:
    """The answer has facts with evidence, reasons, conclusion, rights, rules by full name, remedies with
    amount and date, and other ways with limits."""
    text = render("answer", language, slots()).text
    for section, code in (
        ("conclusion", "upheld"),
        ("right", "safety"),
        ("examined", "infringed"),
        ("law", "consumer_protection_2013"),
        ("remedy", "refund"),
        ("evidence_kind", "no_answer"),
        ("route", "court"),
        ("route_note", "samr_12315"),
    ):
        assert formats.label(language, code, section) in text
    for part in (
        "E1",
        "检测确认电池有缺陷。",
        "第二十四条",
        formats.money(language, 128000),
        formats.moment(language, promise().due),
    ):
        assert part in text
    assert formats.label(language, "apology", "remedy") not in text, (
        "what is done already is not promised again"
    )


@BOTH
def test_an_offer_admits_nothing_and_lapses(language: str) -> None:
    """Only an offer says that it admits no liability and lapses in silence."""
    marks = (
        ("（解决方案）", "不表示认定我们有责任")
        if language == "zh"
        else ("(offer)", "does not admit that we are liable")
    )
    offered, owed = (
        render("answer", language, slots(owed=[promise(offer=offer)])).text for offer in (True, False)
    )
    assert all(mark in offered and mark not in owed for mark in marks)


@BOTH
@pytest.mark.parametrize("taken", Measure)
def test_each_measure_says_what_it_means(taken: Measure, language: str) -> None:
    """Each measure has its own explanation, besides its label."""
    means = {
        other: render("measure", language, slots(facts=facts(measure=other))).text.split("\n\n")[2]
        for other in Measure
    }
    assert list(means.values()).count(means[taken]) == 1
    reads_whole("measure", language, slots(facts=facts(measure=taken, amount=None)))
    assert (
        formats.label(language, taken, "measure")
        in render("measure", language, slots(facts=facts(measure=taken))).text
    )


@BOTH
def test_a_department_reads_its_question_and_nothing_of_the_person(language: str) -> None:
    """A department reads question, papers and date; the stage and the handler are omitted."""
    asked = slots(
        facts=facts(task="ask_department"),
        words={**words("别的话"), "question": "谁修的？", "papers": "维修单"},
    )
    text = render("task", language, asked).text
    assert all(part in text for part in ("> 谁修的？", "> 维修单", formats.moment(language, MIDNIGHT)))
    assert not any(
        part in text for part in ("别的话", formats.label(language, "investigating", "stage"), "韩梅")
    )


@BOTH
def test_case_in_court_offers_no_reopening(language: str) -> None:
    """A case in court is not offered to be reopened."""
    button = formats.choice(language, "reopen")
    assert button not in render("closed", language, BRANCHES["in court, nothing owed"]).text
    assert button in render("closed", language, slots()).text


@BOTH
def test_new_contact_details_are_only_hinted_at(language: str) -> None:
    """The letter to the old address hints at the new one, explains how to object, and has no access link."""
    text = render("contact_changed", language, slots(facts=facts(about="before"))).text
    assert "l…@mail.example" in text
    assert slots()["link"] not in text
    assert text.count("400-800-1234") >= 2


@EACH
def test_a_missing_slot_is_an_error_and_never_a_gap(name: str) -> None:
    """A missing slot raises UndefinedError, an empty one ValueError."""
    with pytest.raises(UndefinedError):
        render(name, "zh", {key: value for key, value in slots().items() if key != "number"})
    with pytest.raises(ValueError, match="empty"):
        render(name, "zh", slots(team=None))


ROUTED = sorted(
    name
    for name in LETTERS
    if re.search("parts/(?:routes|over)|authorities", (HOUSE / name / "zh.md").read_text("utf-8"))
)


@BOTH
@pytest.mark.parametrize("name", ROUTED)
def test_each_letter_with_routes_names_every_authority_in_charge(name: str, language: str) -> None:
    """Whatever staff chose, the text names the authorities in charge of the complaint, wherever it names
    routes."""
    in_charge = [route for route in Route if route != Route.LEGAL_AID_12348]
    others = {"authorities": in_charge, "routes": [*in_charge, Route.LEGAL_AID_12348]}
    texts = [
        render(
            name,
            language,
            {**branch, **others, "facts": {**branch["facts"], "routes": [Route.COURT]}},
            mailed=False,
        ).text
        for branch in covering(name, language, BRANCHES.values())
    ]
    listed = [text for text in texts if f"- {formats.label(language, Route.POLICE_110, 'route')}" in text]
    assert listed
    for text in listed:
        assert not [r for r in in_charge if f"- {formats.label(language, r, 'route')}" not in text]


JUDGING = re.compile("职业(索赔|打假)|恶意(投诉|索赔)|professional (claimant|complainant)", re.I)


@BOTH
def test_no_text_for_parties_judges_who_complains(language: str) -> None:
    """Neither letters nor pages of parties call anybody a professional or malicious complainant."""
    pages = (HOUSE.parent / "locale" / language).rglob("*.json")
    texts = {file: file.read_text("utf-8") for file in [*HOUSE.rglob(f"*{language}.md"), *pages]}
    assert not {file.name for file, text in texts.items() if JUDGING.search(text)}
