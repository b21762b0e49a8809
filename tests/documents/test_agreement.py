"""The agreement as a document: its content in both languages, and the properties of the file."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from chalicelib.documents.agreement import attached as data, render
from chalicelib.domain.timeline import canonical
from chalicelib.locale import formats
from tests.documents.agreements import (
    IN_FORCE,
    RARE,
    VERIFY,
    Text,
    agreement,
    clause,
    digest,
    messy,
    settlement,
    signatures,
)
from tests.documents.reader import attached, boxes, poppler_output, words

Made = Callable[[Text], bytes]
MARGIN, PAGE = 2.2 * 72 / 2.54, (595.3, 841.9)  # a Chinese full stop may lean out by half its width


def test_agreement_names_parties_and_obligations(made: Made) -> None:
    """The document names parties, mediator and facts, and for each clause its amount, date, proof,
    confirmation and measure."""
    said = words(made(agreement()))
    for told_ in (
        "调解协议书",
        "洗衣机A1",
        "2026110301",
        "7151-1980-9316-1",
        "王芳",
        "某某电器有限公司（由李雷代理）",
        "周明",
        "浦东新区消费纠纷人民调解委员会",
        "依法设立的调解组织",
        "使用第二天内胆开裂",
        "第1条退还货款和服务费用人民币1,299.00元",
        "将购机款原路退回消费者付款的账户。",
        "2026年12月31日（星期四）24:00前",
        "付款凭证",
        "由权利方王芳确认",
        "7个自然日",
        "按约支付违约金，金额人民币50.00元",
    ):
        assert told_ in said


def test_a_duty_after_another_one_names_it(made: Made) -> None:
    """A clause due after another names that clause and counts calendar days."""
    text = agreement(
        clauses=[
            clause(),
            clause(
                "C2",
                by=None,
                after={"clause": "C1", "days": 7},
                amount=None,
                kind="return_goods",
                debtor="p1",
                creditor="p2",
                confirms="officer",
                measure=None,
                penalty=None,
            ),
        ]
    )
    said = words(made(text))
    assert "第1条确认履行后7个自然日内" in said
    assert "由跟进专员根据履行证明核定" in said
    assert "第2条退回商品义务方王芳权利方某某电器有限公司" in said


@pytest.mark.parametrize(
    ("languages", "days", "least"),
    [
        (["zh"], "本协议生效后2个自然日内", "延至生效之日后第3个自然日24:00"),
        (["zh", "en"], "within2calendardaysafterthisagreementcomesintoforce", "onthecalendardaythatis3days"),
    ],
)
def test_days_count_from_the_entry_into_force(
    made: Made, languages: list[str], days: str, least: str
) -> None:
    """A clause can count days from the entry into force. The text says when a clause is due at the earliest.
    An agreement of an older release says nothing of that."""
    clauses = [clause(by=None, after={"days": 2})]
    assert days in words(made(agreement(clauses=clauses, languages=languages)))
    assert least in words(made(agreement(least_days=3, languages=languages)))
    assert least not in words(made(agreement(languages=languages)))


def test_the_signatures_page_says_who_signed_when_and_how(made: Made) -> None:
    """The signatures are on a page of their own: each signer with the represented party, Beijing time and
    way, the digest, and the verification address."""
    text = agreement()
    pages = poppler_output("pdftotext", made(text), "-raw").split("\f")
    [page] = [re.sub(r"\s+", "", page) for page in pages if "签署人" in page]
    for told_ in (
        "七、签署",
        "王芳消费者（投诉人）2026年12月1日（星期二）08:04用本人的专属链接电子签署，并以验证码或者登录确认本人",
        "李雷（代表某某电器有限公司）企业代表2026年12月1日（星期二）09:04在纸质文本上签署，扫描件存卷",
        "周明调解员2026年12月2日（星期三）11:04登录工作台后电子签署",
        digest(text),
        VERIFY,
    ):
        assert told_ in page
    assert "六、协议的效力" not in page


@pytest.mark.parametrize(
    ("text", "effect", "confirmable"),
    [
        (agreement(), "在调解员主持下达成的调解协议", True),
        (
            agreement(mediator={**agreement()["mediator"], "lawful": False}),
            "在调解员主持下达成的调解协议",
            False,
        ),
        (settlement(), "双方自行达成的和解协议", False),
    ],
    ids=["lawful body", "other body", "settlement"],
)
def test_judicial_confirmation_is_named_only_where_it_is_open(
    made: Made, text: Text, effect: str, confirmable: bool
) -> None:
    """Judicial confirmation within thirty days is named only for a mediation by a lawfully established
    body."""
    said = words(made(text))
    assert effect in said
    assert ("三十日内" in said, "司法确认" in said) == (confirmable, confirmable)
    assert "不限制任何一方依法投诉、举报" in said


def test_english_stands_beside_chinese_which_prevails(made: Made) -> None:
    """Both languages are in one file, and clauses agreed in Chinese only are marked so."""
    said = poppler_output("pdftotext", made(messy()), "-raw")
    joined = " ".join(said.split())
    for told_ in (
        "Mediation Agreement",
        "refund, CNY 1,299.00",
        "by Friday 11 December 2026, 24:00 Beijing time",
        "within 7 calendar days after clause 1 is confirmed",
        "(agreed in Chinese only)",
        "the Chinese text prevails",
        "Tuesday 1 December 2026, 08:04",
        "O’Neill-Ødegård",
        "Page 7 of 13",
    ):
        assert told_ in joined
    assert "以中文文本为准" in re.sub(r"\s", "", said)
    assert "English" not in poppler_output("pdftotext", made(agreement()), "-raw")


def test_rare_name_characters_are_shown(made: Made) -> None:
    """The characters 䶮 㛃 𬭎 𫖯 are in both font faces, embedded, and readable as text."""
    text = agreement(
        parties=[{**agreement()["parties"][0], "name": f"欧阳{RARE}"}, agreement()["parties"][1]]
    )
    pdf = made(text)
    assert f"欧阳{RARE}" in words(pdf)
    fonts = [line.split() for line in poppler_output("pdffonts", pdf).splitlines()[2:]]
    assert {font[0].split("+")[1] for font in fonts} == {"NotoSansSC-Regular", "NotoSansSC-Bold"}
    # each font is embedded, a subset, and maps its glyphs to Unicode
    assert {tuple(font[-5:-2]) for font in fonts} == {("yes", "yes", "yes")}


def test_words_are_data_and_never_markup(made: Made) -> None:
    """Markup in a text of the parties is shown as it was written."""
    said = words(made(messy()))
    assert "#strong[不是标记]$x$*也不是*@谁<标签>\\。" in said


def test_the_same_agreement_is_the_same_file(made: Made) -> None:
    """The same input gives identical bytes. Another second or another word gives another file."""
    text = agreement()
    first = made(text)
    assert made(text) == first
    assert render(text, signatures(text), digest(text), IN_FORCE + timedelta(seconds=1), VERIFY) != first
    assert made(agreement(drafted_on="2026-12-02")) != first


def test_signed_text_is_attached_as_data(made: Made) -> None:
    """The attached JSON holds the text, whose canonical form has the signed digest, and the signatures."""
    for text in (agreement(), settlement(), messy()):
        [(name, found)] = attached(made(text)).items()
        assert name == "agreement.json"
        assert canonical(found) == data(text, signatures(text), digest(text), IN_FORCE)
        assert canonical(found["text"]) == canonical(text)
        assert (digest(found["text"]), found["digest"], found["in_force"]) == (
            digest(text),
            digest(text),
            "2026-12-02T03:04:05Z",
        )


def test_agreement_is_a_tagged_archive_file(made: Made) -> None:
    """The file claims PDF/A-3a and PDF/UA-1, is tagged, has language and title, and contains its name in
    plain bytes."""
    pdf = made(agreement())
    for claim in (
        b"<pdfaid:part>3</pdfaid:part>",
        b"<pdfaid:conformance>A</pdfaid:conformance>",
        b"<pdfuaid:part>1</pdfuaid:part>",
        b"urn:redress:agreement:7151-1980-9316-1",
        b"/Lang",
        b"/AFRelationship",
    ):
        assert claim in pdf, claim
    told_ = poppler_output("pdfinfo", pdf)
    assert re.search(r"Tagged: +yes", told_)
    assert re.search(r"Title: +调解协议书 7151-1980-9316-1", told_)
    structure = poppler_output("pdfinfo", pdf, "-struct")
    assert {"H1", "H2", "Table", "TH", "TD", "L"} <= set(re.findall(r"^ *(\w+)", structure, re.MULTILINE))


def test_long_agreement_stays_inside_the_margins(made: Made, tmp_path: Path) -> None:
    """Long agreements and unbreakable words stay inside the margins; the footer states the true number of
    pages."""
    text = messy()
    text["clauses"][4] = clause("C5", what={"zh": "单号" + "A1" * 150, "en": "B2" * 150})
    text["facts"] = {"zh": "X9" * 200, "en": None}
    pdf = made(text)
    for left, top, right, bottom in boxes(pdf):
        assert left >= MARGIN
        assert right <= PAGE[0] - MARGIN
        assert top >= 0
        assert bottom <= PAGE[1]
    pages = int(re.search(r"Pages: +(\d+)", poppler_output("pdfinfo", pdf))[1])  # type: ignore[index]
    assert f"第{pages}页，共{pages}页" in words(pdf)
    (tmp_path / "it.pdf").write_bytes(pdf)
    subprocess.run(["pdftoppm", "-r", "20", "-gray", "it.pdf", "page"], cwd=tmp_path, check=True)
    assert len(list(tmp_path.glob("page*"))) == pages


def test_a_duty_longer_than_a_page_goes_on_on_the_next(made: Made) -> None:
    """A clause longer than a page continues on the next one without losing text."""
    for what in (
        "\n".join(f"第{n}项" for n in range(1, 90)),
        "".join(f"第{n}项，运费由企业承担。" for n in range(1, 300)),
    ):
        pdf = made(agreement(clauses=[clause(what={"zh": what, "en": None})]))
        last = re.findall(r"第\d+项", what)[-1]
        assert last in words(pdf)
        assert max(bottom for _, _, _, bottom in boxes(pdf)) < PAGE[1] - 30


@pytest.mark.parametrize("language", formats.LANGUAGES)
def test_every_code_of_a_duty_has_its_words(made: Made, language: str) -> None:
    """Each kind, proof, measure and way of confirming has its label in a document."""
    texts = formats.texts(language)
    kinds, proofs, measures = (list(texts[name]) for name in ("obligation_kind", "proof", "measure"))
    clauses = [
        clause(
            f"C{n}",
            kind=kind,
            proof=proofs[n % len(proofs)],
            measure=measures[n % len(measures)],
            penalty=None,
            confirms=["creditor", "officer"][n % 2],
        )
        for n, kind in enumerate(kinds)
    ]
    said = words(made(agreement(languages=["zh", language][: 1 if language == "zh" else 2], clauses=clauses)))
    for section, codes in (("obligation_kind", kinds), ("proof", proofs), ("measure", measures)):
        assert not [code for code in codes if re.sub(r"\s", "", texts[section][code]) not in said]
