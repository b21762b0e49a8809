"""The search for words: what is found, who may find it, and what happens to the files."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import boto3
import pytest

from chalicelib.access.authorization import Caller
from chalicelib.aws import word_files
from chalicelib.aws.rows import Row
from chalicelib.aws.word_files import FOLDER, RemoteWords, WordFiles, answer
from chalicelib.cases.casework import Unavailable
from chalicelib.cases.dossier import Dossier
from chalicelib.domain.bigrams import pieces, tokens
from chalicelib.domain.frozen import replace
from chalicelib.domain.model.case import Case, Refusal
from chalicelib.operations import word_search
from chalicelib.operations.word_search import WordResults, WordSearch
from chalicelib.operations.word_writer import ENDS_MS
from tests.casework.destroyed import destroyed, erased, over
from tests.casework.terminal import Operator
from tests.scenario import DAY, HE, LIN, SUN, WANG, ZHOU, Scenario, staff

LONG_MS = 10 * ENDS_MS
LONG = (
    "我在你们店买的ＡＢＣ-900洗衣机，第三天就漏水了！！！客服说“七天无理由退款”，结果又说不能退款……"
    "Very ANGRY: the refund was promised on WhatsApp; naïve me. 请尽快处理，谢谢😡"
)


@pytest.fixture(autouse=True)
def files(scenario: Scenario, tmp_path: Path) -> Iterator[WordFiles]:
    """Give each test search files of its own, with local copies in a folder of its own."""
    product = scenario.product
    for name in ("word_files", "word_writer", "word_search"):
        product.__dict__.pop(name, None)
    made = product.__dict__["word_files"] = WordFiles(product.shelf, tmp_path / "sought")
    yield made
    for name in ("word_files", "word_writer", "word_search"):
        product.__dict__.pop(name, None)


def written(scenario: Scenario) -> None:
    """Let the writer run once."""
    scenario.product.word_writer.run(lambda: LONG_MS)


def searched(scenario: Scenario, words: str, caller: Caller = WANG, after: str = "") -> WordResults:
    """Return a page of a search for words."""
    return scenario.product.word_search.page(caller, words, after)


def refs(found: WordResults) -> list[tuple[str, int]]:
    """Return the number of the case and of the entry of each result."""
    return [(hit.case.ref, hit.n) for hit in found.hits]


def test_chinese_is_cut_into_pairs_and_words_stay() -> None:
    """Each pair of neighbours of Chinese characters is a token, and so is each other word."""
    assert [*tokens("要退款！Ｒｅｆｕｎｄ ABC-900 naïve 退")] == [
        "要退",
        "退款",
        "refund",
        "abc",
        "900",
        "naive",
        "退",
    ]
    assert pieces("退款 REFUND") == ["退款", "refund"]


@pytest.mark.parametrize(
    "words",
    ["退款", "不能退款", "refund", "REFUND Angry", "ａｂｃ 900", "naive", "洗衣机 漏水", "“七天无理由退款”"],
)
def test_words_of_a_long_story_are_found(scenario: Scenario, words: str) -> None:
    """Words of both languages are found in any case, width and order, in the middle of a sentence."""
    case = scenario.submit(account={"story": LONG})
    scenario.submit(account={"story": "快递丢了，没有人管。"})
    written(scenario)
    found = searched(scenario, words)
    assert refs(found) == [(case.ref, 1)]
    assert found.months == ["2026-02"]
    assert pieces(words)[0][:2] in found.hits[0].excerpt.casefold() or "Ａ" in found.hits[0].excerpt


def test_pairs_that_are_apart_are_not_found(scenario: Scenario) -> None:
    """The pairs of a word must stand together: 退货款 has 退货 and 货款, but not 退款."""
    scenario.submit(account={"story": "请退货款给我，退了货，款没到。"})
    written(scenario)
    assert searched(scenario, "退款").hits == []
    assert len(searched(scenario, "退货款").hits) == 1


def test_gaps_inside_a_word_do_not_count(scenario: Scenario) -> None:
    """A word is found across the end of a line, and with a space after each character. Accents include the
    strokes of letters."""
    case = scenario.submit(
        account={"story": "第一行" + "\n字" * 60 + "要求退 \n  款。商家说：不 给 办 理，Łukasz接的。"}
    )
    written(scenario)
    for words in ("退款", "要求退款", "不给办理", "给 办 理", "lukasz", "商家说 退款"):
        found = searched(scenario, words)
        assert refs(found) == [(case.ref, 1)], words
    assert "要求退款。" in searched(scenario, "退款").hits[0].excerpt
    assert [*tokens("退款 挂断\nrefund now")] == ["退款", "挂断", "refund", "now"]


def test_latest_entries_come_first_page_by_page(scenario: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    """Messages and stories are listed from the latest on; each page goes on where the one before ended."""
    monkeypatch.setattr(word_search, "SHOWN", 2)
    made = []
    for _ in range(5):
        made.append((scenario.submit(account={"story": "要求退款。"}).ref, 1))
        written(scenario)
        scenario.time += timedelta(hours=1)
    found, pages = searched(scenario, "退款"), list[tuple[str, int]]()
    while True:
        pages += refs(found)
        if not found.after:
            break
        found = searched(scenario, "退款", after=found.after)
    assert pages == made[::-1]


def test_month_after_month_is_searched(scenario: Scenario) -> None:
    """The newest month comes first, and the page says which months it searched."""
    old = scenario.submit(account={"story": "要求退款。"}).ref
    written(scenario)
    scenario.time += 35 * DAY
    new = scenario.submit(account={"story": "要求退款。"}).ref
    written(scenario)
    found = searched(scenario, "退款")
    assert refs(found) == [(new, 1), (old, 1)]
    assert found.months == ["2026-03", "2026-02"]


def test_search_ends_after_ten_seconds_and_goes_on(scenario: Scenario) -> None:
    """A month that could take longer is left to the next page, which begins with it."""
    for _ in range(3):
        scenario.submit(account={"story": "要求退款。"})
        written(scenario)
        scenario.time += 31 * DAY
    at = iter(range(0, 1000, 4))
    slow = replace(scenario.product.word_search, seconds=lambda: float(next(at)))
    found = slow.page(WANG, "退款", "")
    assert found.months == ["2026-04"]
    assert found.after == "2026-03:0"
    assert searched(scenario, "退款", after=found.after).months == ["2026-03", "2026-02"]


def test_excerpt_masks_identity_numbers(scenario: Scenario) -> None:
    """The excerpt masks an identity number as the case page does, and a search for the number still finds the
    case."""
    scenario.submit(account={"story": "要求退款。我的身份证号是11010519491231002X，请核对。"})
    written(scenario)
    for words in ("退款", "11010519491231002X"):
        [hit] = searched(scenario, words).hits
        assert "11010519491231002X" not in hit.excerpt


def test_nobody_finds_words_that_they_may_not_read(scenario: Scenario) -> None:
    """An officer of another team, a department and the auditor find nothing, and the supervisor finds the
    case."""
    scenario.submit(account={"story": "要求退款。"})
    written(scenario)
    apart = replace(LIN, teams=frozenset({"retail"}))
    auditor = Caller("auditor", staff("zhou").roles.AUDITOR)
    for caller, many in ((WANG, 1), (ZHOU, 1), (apart, 0), (HE, 0), (auditor, 0)):
        assert len(searched(scenario, "退款", caller).hits) == many, caller.who


def test_destroyed_words_leave_the_file(scenario: Scenario, files: WordFiles) -> None:
    """The file has no words of a destroyed case, and still finds the words of other cases."""
    other = scenario.submit(account={"story": "空调漏水。"})
    scenario.played = None
    ref = destroyed(scenario)
    scenario.product.word_writer.rebuild(date(2026, 2, 1))
    written(scenario)
    assert ref not in {one.ref for one in files.search("2026-02", ["洗衣"], 0, 10)}
    assert refs(searched(scenario, "空调漏水")) == [(other.ref, 1)]


def test_words_that_were_indexed_are_destroyed_with_the_next_run(
    scenario: Scenario, files: WordFiles
) -> None:
    """One person's words leave the file of their month, and those of the others stay."""
    ref, _ = over(scenario)
    month = f"{scenario.product.file.whole(ref).case.received_at:%Y-%m}"
    scenario.product.word_writer.rebuild(date.fromisoformat(f"{month}-01"))
    before = {one.n for one in files.search(month, ["地板"], 0, 50) if one.ref == ref}
    assert before
    erased(scenario, ref, party="p2")
    assert scenario.product.word_writer.rows.destroyed()
    written(scenario)
    after = {one.n for one in files.search(month, ["地板"], 0, 50) if one.ref == ref}
    assert after < before
    assert scenario.product.word_writer.rows.destroyed() == []
    assert files.search(month, ["洗衣"], 0, 50)


def test_store_keeps_no_earlier_version(scenario: Scenario) -> None:
    """Each writing replaces the file, so no version has the words of before."""
    for story in ("要求退款。", "空调漏水。"):
        scenario.submit(account={"story": story})
        written(scenario)
    s3 = boto3.client("s3", "us-east-1")
    kept = s3.list_object_versions(Bucket=scenario.product.setting("FIGURES"), Prefix=FOLDER)
    assert len(kept["Versions"]) == 1


def test_writer_adds_each_entry_once(scenario: Scenario, files: WordFiles) -> None:
    """A second run reads no case again, and writes no file."""
    case = scenario.submit(account={"story": "要求退款。"})
    written(scenario)
    [(_, tag)] = scenario.product.shelf.etags(FOLDER)
    written(scenario)
    assert [one for _, one in scenario.product.shelf.etags(FOLDER)] == [tag]
    assert [one[1:] for one in files.search("2026-02", ["退款"], 0, 10)] == [(case.ref, 1)]
    assert files.seen("2026-02") == {case.ref: 1}


def test_one_writer_at_a_time(scenario: Scenario, files: WordFiles) -> None:
    """A run that meets another one writes nothing; a run that died holds the lock for twenty minutes."""
    scenario.submit(account={"story": "要求退款。"})
    assert scenario.product.word_writer.rows.lock("another", scenario.time)
    written(scenario)
    assert files.months() == []
    assert not scenario.product.word_writer.rebuild(date(2026, 2, 1))
    scenario.time += timedelta(minutes=21)
    written(scenario)
    assert files.months() == ["2026-02"]


class SlowFile:
    """The store of cases, of which each read takes some minutes. `during` is called after each."""

    def __init__(self, scenario: Scenario, minutes: int, during: Callable[[], object]) -> None:
        self.scenario, self.minutes, self.during = scenario, minutes, during

    def load(self, ref: str) -> Case:
        """Return a case, some minutes later."""
        self.scenario.time += timedelta(minutes=self.minutes)
        self.during()
        return self.scenario.product.file.load(ref)

    def dossier_of(self, case: Case) -> Dossier:
        """Return the dossier of a case."""
        return self.scenario.product.file.dossier_of(case)


def test_long_rebuild_keeps_its_lock(scenario: Scenario, files: WordFiles) -> None:
    """No other run can write during a rebuild that takes longer than its lock lasts. A rebuild that stood
    still until another run took the lock stores nothing."""
    taken: list[bool] = []
    for n in range(5):
        scenario.submit(person={"name": "王芳", "email": f"w{n}@mail.example"}, account={"story": "退款。"})
    writer = scenario.product.word_writer

    def other() -> None:
        taken.append(writer.rows.lock("another", scenario.time))

    assert replace(writer, file=SlowFile(scenario, 6, other)).rebuild(date(2026, 2, 1))
    assert taken == [False] * 5
    assert len(files.search("2026-02", ["退款"], 0, 10)) == 5
    with pytest.raises(Unavailable):
        replace(writer, file=SlowFile(scenario, 25, other)).rebuild(date(2026, 2, 1))
    assert taken[5:] == [True]
    assert files.months() == []


def test_row_of_an_earlier_release_is_read(scenario: Scenario, files: WordFiles) -> None:
    """A row of moves without the number of the last entry leads to the case."""
    case = scenario.submit(account={"story": "要求退款。"})
    for row in [row for row in Row.scan() if row.pk.startswith("MOVED#")]:
        Row(row.pk, row.sk).save()
    written(scenario)
    assert files.seen("2026-02") == {case.ref: 1}


@pytest.mark.parametrize("broken", [b"", b"not a database" * 100, b"SQLite format 3\x00" + b"\x00" * 5000])
def test_broken_file_is_said_and_made_again(scenario: Scenario, files: WordFiles, broken: bytes) -> None:
    """The search reports a broken file as `away`, and the writer rebuilds the file from the table."""
    case = scenario.submit(account={"story": "要求退款。"})
    written(scenario)
    [(key, _)] = scenario.product.shelf.etags(FOLDER)
    scenario.product.shelf.put(key, broken)
    found = searched(scenario, "退款")
    assert (found.away, found.hits) == (True, [])
    assert scenario.product.word_writer.rebuild(date(2026, 2, 1))
    assert refs(searched(scenario, "退款")) == [(case.ref, 1)]


def test_truncated_file_is_said(scenario: Scenario) -> None:
    """The search reports a truncated file as `away`."""
    scenario.submit(account={"story": LONG})
    written(scenario)
    shelf = scenario.product.shelf
    [(key, _)] = shelf.etags(FOLDER)
    shelf.put(key, shelf.read(key)[:9000])
    assert searched(scenario, "退款").away


def test_full_file_is_followed_by_another(scenario: Scenario, tmp_path: Path) -> None:
    """A file that has its most bytes gets no more entries; both files of the month are searched."""
    small = WordFiles(scenario.product.shelf, tmp_path / "small", largest=20_000)
    object.__setattr__(scenario.product, "word_files", small)
    scenario.product.__dict__["word_files"] = small
    made = []
    for n in range(3):
        made.append(scenario.submit(account={"story": f"要求退款。{'我说的都是真的，' * 5}{n}"}).ref)
        written(scenario)
    assert len([*scenario.product.shelf.etags(FOLDER)]) > 1
    assert [one.ref for one in small.search("2026-02", ["退款"], 0, 10)] == made[::-1]
    before = small.search("2026-02", ["退款"], 0, 1)[0].at
    assert [one.ref for one in small.search("2026-02", ["退款"], before, 10)] == made[1::-1]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("", "search_too_short"),
        ("退", "search_too_short"),
        ("😡", "search_too_short"),
        ("x" * 201, "search_too_long"),
    ],
)
def test_what_cannot_be_searched_is_refused(scenario: Scenario, words: str, code: str) -> None:
    """One character, signs alone and long texts are refused with a reason."""
    with pytest.raises(Refusal) as refused:
        searched(scenario, words)
    assert refused.value.code == code


@pytest.mark.parametrize("words", ['"退款" OR 1', "退款*", "NEAR(退款 refund)", "' OR 1=1 --", 'a" b'])
def test_signs_of_the_query_language_mean_nothing(scenario: Scenario, words: str) -> None:
    """Quotes, stars and operators of the query language do not break the search."""
    scenario.submit(account={"story": LONG})
    written(scenario)
    assert not searched(scenario, words).away


def test_site_asks_the_function_of_the_search(scenario: Scenario, files: WordFiles) -> None:
    """The site finds the same cases by the function as in the files, although request and answer pass as
    JSON."""
    case = scenario.submit(account={"story": "要求退款。"})
    written(scenario)
    remote = RemoteWords(lambda asked: json.loads(json.dumps(answer(files, json.loads(json.dumps(asked))))))
    search = WordSearch(scenario.product.file, remote, scenario.product.now, lambda: 0.0)
    assert refs(search.page(SUN, "退款", "")) == [(case.ref, 1)]


def test_apsw_takes_the_place_of_an_sqlite_without_fts5(
    scenario: Scenario, files: WordFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without FTS5 in the standard library the wheel writes, searches and mends the same files. Without both
    the words are away."""
    scenario.submit(account={"story": LONG})
    written(scenario)

    def lacks(*_: Any, **__: Any) -> Any:
        raise sqlite3.OperationalError("no such module: fts5")

    monkeypatch.setattr(word_files.sqlite3, "connect", lacks)
    if find_spec("apsw") is None:
        assert searched(scenario, "退款").away
        return
    other = scenario.submit(account={"story": "我也要退款。"}).ref
    written(scenario)
    assert len(searched(scenario, "退款").hits) == 2
    files.forget("2026-02", [other])
    assert len(searched(scenario, "退款").hits) == 1
    [(key, _)] = scenario.product.shelf.etags(FOLDER)
    scenario.product.shelf.put(key, b"no file")
    assert searched(scenario, "退款").away


def test_operator_makes_a_month_anew(scenario: Scenario, capsys: pytest.CaptureFixture[str]) -> None:
    """The command says what it would do, and with --do writes the file of a month."""
    case = scenario.submit(account={"story": "要求退款。"})
    operator = Operator(scenario, capsys)
    assert "would make the search file of 2026-02 anew" in operator.says("words", "2026-02")
    assert searched(scenario, "退款").hits == []
    operator.says("words", "2026-02", "--do")
    assert refs(searched(scenario, "退款")) == [(case.ref, 1)]
    scenario.product.word_writer.rows.lock("another", scenario.time)
    assert "is writing" in operator.says("words", "2026-02", "--do")
