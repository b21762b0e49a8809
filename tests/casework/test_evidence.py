"""Evidence files: only a declared, arrived and checked file is kept.

Each is decided once, in whatever order the events come.
"""

from __future__ import annotations

import base64
import json
import resource
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any
from urllib.parse import unquote

import pytest
from PIL import Image

from chalicelib.access.authorization import CLOCK, Caller, NotFound
from chalicelib.cases.casework import Unavailable, once
from chalicelib.domain.model.case import Refusal
from chalicelib.domain.model.codes import Channel, Role
from chalicelib.domain.moves.evidence import MOST_PIECES
from chalicelib.evidence.uploads import CEILING, LARGEST, TEST_SIGNATURE, FileState, ScanVerdict, Upload
from tests.scenario import DAY, HOUR, SUN, WANG, WU, ZHAO, Scenario
from tests.store import MINUTE_MS, PDF, Store, photograph

DEPARTMENT = Caller("qian", Role.DEPARTMENT, frozenset({"general"}))
AUDITOR = Caller("shen", Role.AUDITOR)
ADMINISTRATOR = Caller("zheng", Role.ADMINISTRATOR, frozenset({"general"}))


@pytest.fixture
def store(scenario: Scenario) -> Store:
    """A store without a scanner."""
    return Store(scenario)


def test_a_photograph_becomes_evidence_in_the_name_of_who_sent_it(scenario: Scenario, store: Store) -> None:
    """The original bytes are stored, and the timeline holds hash, size and type.

    The description stays free text that can be erased.
    """
    case, photo = scenario.submit(), photograph()
    upload = store.declare(case)
    store.tell(store.put(upload, photo))
    now = store.now(upload)
    assert (now.state, now.verdict, now.found, now.size) == (
        FileState.KEPT,
        ScanVerdict.UNSCANNED,
        "image/jpeg",
        len(photo),
    )
    assert (store.objects("evidence"), store.objects("incoming")) == ([photo], [])
    assert scenario.moves(case.ref)[-1] == "add_evidence"
    entry = json.loads(scenario.product.file.whole(case.ref).entries[-1].line)
    assert (entry["who"], entry["role"]) == ("p1", "consumer")
    assert entry["facts"]["file"] == {
        "id": upload.id,
        "sha256": now.sha256,
        "size": len(photo),
        "type": "image/jpeg",
    }
    assert "裂开" not in json.dumps(entry, ensure_ascii=False)
    piece = scenario.product.file.load(case.ref).evidence[-1]
    assert (piece.id, piece.file, piece.kind) == ("E2", upload.id, "file")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_the_small_picture_is_upright_and_says_nothing_of_place_or_camera(
    scenario: Scenario, store: Store, kind: str
) -> None:
    """The thumbnail is drawn without metadata; the original, which is the evidence, is unchanged."""
    upload = store.declare(scenario.submit())
    store.tell(store.put(upload, photograph(kind)))
    [small] = store.objects("thumbs")
    with Image.open(BytesIO(small)) as picture:
        assert (picture.format, picture.size) == ("JPEG", (240, 320))
        assert not picture.getexif()
        assert not set(picture.info) & {"exif", "icc_profile", "xmp", "comment"}
    assert b"PhoneMaker" not in small
    with Image.open(BytesIO(store.objects("evidence")[0])) as original:
        assert original.getexif().get_ifd(0x8825)


@pytest.mark.parametrize(
    ("declared", "content", "why"),
    [
        ("*/*", b"", "file_empty"),
        ("image/*", b"\xff\xd8\xff" + bytes(LARGEST), "file_too_large"),
        ("image/*", PDF, "file_of_another_type"),
        ("image/png", photograph(), "file_of_another_type"),
        ("application/pdf", b"MZ" + bytes(500), "file_type_unknown"),
        ("image/*", b"<svg onload='x()'/>" * 9, "file_type_unknown"),
        ("image/*", b"PK\x03\x04" + bytes(500), "file_type_unknown"),
        ("image/*", b"<html><script>", "file_type_unknown"),
    ],
)
def test_file_unlike_its_declaration_is_refused(
    scenario: Scenario, store: Store, declared: str, content: bytes, why: str
) -> None:
    """An empty, too large, mistyped or unsupported file is refused with the reason.

    It is not stored, and the case is unchanged.
    """
    case = scenario.submit()
    upload = store.declare(case, type=declared)
    store.tell(store.put(upload, content))
    assert (store.now(upload).state, store.now(upload).why) == (FileState.REFUSED, why)
    assert store.objects("incoming") == store.objects("evidence") == store.objects("thumbs") == []
    assert scenario.product.file.load(case.ref) == case
    with pytest.raises(NotFound):
        scenario.product.uploads.link(store.now(upload), case)


def test_a_file_that_comes_while_we_wait_is_the_answer(scenario: Scenario, store: Store) -> None:
    """The file resumes the case; the letter lists arrived and pending files, but none sent before the
    request.

    The next file is one more piece of evidence.
    """
    case = scenario.confirm(scenario.submit().ref)
    store.tell(store.put(store.declare(case, shows="早先的发票"), PDF))
    scenario.later(HOUR)
    scenario.move(WANG, "ask_information", case.ref, items=["photos"], why="请补充照片。")
    first, second = store.declare(case), store.declare(case, shows="付款记录")
    store.tell(store.put(first, photograph()))
    resumed = scenario.product.file.load(case.ref)
    assert (resumed.stage, resumed.evidence[-1].file, scenario.moves(case.ref)[-1]) == (
        "received",
        first.id,
        "give_information",
    )
    scenario.post()
    letter = scenario.sent()[-1]["text"]
    assert "我们已经收到您的补充" in letter
    assert "早先的发票" not in letter
    assert "裂开的内胆（已收到并保存）" in letter
    assert "付款记录（还在上传或者检查" in letter
    store.tell(store.put(second, photograph("PNG")))
    assert (scenario.moves(case.ref)[-1], store.now(second).state) == ("add_evidence", FileState.KEPT)


def test_words_of_an_answer_that_a_file_has_given_already_are_kept_beside_it(
    scenario: Scenario, store: Store
) -> None:
    """A written answer is kept although photographs answered first.

    A second answer in words, or one without a request, is refused.
    """
    case = scenario.submit()
    scenario.move(WANG, "ask_information", case.ref, items=["photos"], why="请补充照片。")
    store.tell(store.put(store.declare(case), photograph()))
    kept = scenario.move(scenario.party(case), "give_information", case.ref, answer="照片是三月一日拍的。")
    assert (kept.stage, kept.evidence[-1].kind, scenario.moves(case.ref)[-1]) == (
        "received",
        "statement",
        "add_evidence",
    )
    scenario.later(HOUR)
    scenario.move(SUN, "ask_information", case.ref, items=["facts"], why="请补充经过。")
    scenario.move(scenario.party(case), "give_information", case.ref, answer="三月一日。")
    with pytest.raises(Refusal, match="move_not_allowed_in_stage"):
        scenario.move(scenario.party(case), "give_information", case.ref, answer="还有。")


def test_words_that_are_added_while_we_wait_are_the_answer_too(scenario: Scenario) -> None:
    """Words that the consumer adds resume the case like an answer; the company's do not."""
    case = scenario.submit()
    scenario.move(WANG, "ask_information", case.ref, items=["facts"], why="请补充经过。")
    assert scenario.move(SUN, "add_evidence", case.ref, shows="仓库记录").stage == "awaiting_information"
    assert (
        scenario.move(scenario.party(case), "add_evidence", case.ref, shows="三月一日退的货").stage
        == "received"
    )


def test_a_file_that_was_being_checked_when_the_time_ran_out_takes_the_case_up_again(
    scenario: Scenario,
) -> None:
    """The file was sent in time, so it reopens the closed case as our error and is kept.

    It does not use up the one reopening that the consumer can ask for.
    """
    store, case = Store(scenario, "guardduty"), scenario.submit()
    scenario.move(WANG, "ask_information", case.ref, items=["photos"], why="请补充照片。")
    upload = store.declare(case, type="application/pdf")
    created = store.put(upload, PDF)
    store.tell(created)
    scenario.later(HOUR)
    scenario.move(CLOCK, "lapse_information", case.ref)
    store.tell(store.scanned(created, "NO_THREATS_FOUND"))
    again = scenario.product.file.load(case.ref)
    assert (again.stage, again.evidence[-1].file, store.now(upload).state) == (
        "received",
        upload.id,
        FileState.KEPT,
    )
    assert not again.recourse.reopened
    assert scenario.lines(case.ref, "reopen")[0]["cause"] == "our_error"


@pytest.mark.parametrize("arrived", [True, False])
def test_a_file_on_its_way_holds_the_lapse_until_somebody_has_looked(
    scenario: Scenario, arrived: bool
) -> None:
    """A case is not closed for silence while the answer is uploaded or checked: the lead looks at it.

    The checked file then answers. A file sent before the request has no such effect.
    """
    store, case, idle = Store(scenario, "guardduty"), scenario.submit(), scenario.submit()
    store.declare(idle)
    scenario.later(HOUR)
    for one in (case, idle):
        scenario.move(WANG, "ask_information", one.ref, items=["photos"], why="请补充照片。")
    upload = store.declare(case, type="application/pdf")
    created = store.put(upload, PDF)
    if arrived:
        store.tell(created)
    scenario.live(20 * DAY, case.ref, idle.ref)
    held, lapsed = (scenario.product.file.load(one.ref) for one in (case, idle))
    assert (lapsed.outcome, held.stage) == ("not_pursued", "awaiting_information")
    assert held.clock.review
    store.tell(created, store.scanned(created, "NO_THREATS_FOUND"))
    after = scenario.product.file.load(case.ref)
    assert (after.stage, after.clock.review, scenario.moves(case.ref)[-1]) == (
        "received",
        None,
        "give_information",
    )


def test_half_a_photograph_is_evidence_too(scenario: Scenario, store: Store) -> None:
    """A truncated picture is kept without a thumbnail."""
    upload = store.declare(scenario.submit())
    store.tell(store.put(upload, photograph(size=(300, 300))[:700]))
    assert (store.now(upload).state, store.now(upload).small) == (FileState.KEPT, False)


def photograph_in_2_kb(kind: str, side: int) -> bytes:
    """Return a white picture with so many pixels to a side."""
    file = BytesIO()
    Image.new("1", (side, side), "white").save(file, kind, lossless=True)
    return file.getvalue()


@pytest.mark.parametrize(("kind", "side"), [("WEBP", 7700), ("PNG", 10_000), ("JPEG", 12_000)])
def test_a_small_file_with_a_huge_picture_is_kept_without_a_small_one(
    scenario: Scenario, store: Store, kind: str, side: int
) -> None:
    """A huge picture stays within the worker's memory, and the next file is drawn."""
    case, bomb = scenario.submit(), photograph_in_2_kb(kind, side)
    first, second = store.declare(case), store.declare(case, shows="付款记录")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    store.tell(store.put(first, bomb), store.put(second, photograph()))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300 * 1024  # kilobytes
    assert [store.now(upload).state for upload in (first, second)] == [FileState.KEPT, FileState.KEPT]
    assert [store.now(upload).remark for upload in (first, second)] == ["file_undrawn", ""]
    assert bomb in store.objects("evidence")
    assert len(store.objects("thumbs")) == 1
    assert [piece.file for piece in scenario.product.file.load(case.ref).evidence[-2:]] == [
        first.id,
        second.id,
    ]


def test_a_picture_of_a_kind_that_we_cannot_draw_is_told_and_a_document_is_not(
    scenario: Scenario, store: Store
) -> None:
    """A HEIC photograph gets a remark about its missing thumbnail; a PDF does not."""
    case = scenario.submit()
    heic = b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + bytes(500)
    photo, paper = store.declare(case), store.declare(case, type="application/pdf")
    store.tell(store.put(photo, heic), store.put(paper, PDF))
    assert [store.now(upload).remark for upload in (photo, paper)] == ["file_undrawn", ""]


def test_malware_stays_in_quarantine_and_cannot_be_had(scenario: Scenario) -> None:
    """An infected file has a state of its own; later uploads under its name change nothing."""
    store, case = Store(scenario, "signature"), scenario.submit()
    upload = store.declare(case, type="application/pdf")
    created = store.put(upload, PDF + TEST_SIGNATURE)
    store.tell(created, created)
    assert (store.now(upload).state, store.now(upload).verdict) == (FileState.INFECTED, ScanVerdict.INFECTED)
    assert (len(store.objects("incoming")), store.objects("evidence")) == (1, [])
    store.tell(store.put(upload, PDF))
    assert (store.now(upload).state, store.objects("evidence"), scenario.moves(case.ref)) == (
        FileState.INFECTED,
        [],
        ["submit"],
    )


@pytest.mark.parametrize(
    ("result", "state", "verdict"),
    [
        ("NO_THREATS_FOUND", FileState.KEPT, ScanVerdict.CLEAN),
        ("THREATS_FOUND", FileState.INFECTED, ScanVerdict.INFECTED),
        ("UNSUPPORTED", FileState.REFUSED, None),
        ("ACCESS_DENIED", FileState.REFUSED, None),
        ("FAILED", FileState.REFUSED, None),
    ],
)
@pytest.mark.parametrize("first", ["created", "scanned"])
def test_a_verdict_that_comes_as_an_event_decides(
    scenario: Scenario, result: str, state: FileState, verdict: ScanVerdict | None, first: str
) -> None:
    """Until the verdict the file waits in quarantine; the verdict may come before the event of the upload."""
    store, case = Store(scenario, "guardduty"), scenario.submit()
    upload = store.declare(case, type="application/pdf")
    created = store.put(upload, PDF)
    if first == "created":
        store.tell(created)
        assert (store.now(upload).state, store.objects("evidence"), scenario.moves(case.ref)) == (
            FileState.SCANNING,
            [],
            ["submit"],
        )
        store.tell(store.scanned(created, result))
    else:
        store.tell(store.scanned(created, result), created)
    assert (store.now(upload).state, store.now(upload).verdict) == (state, verdict)
    assert store.objects("evidence") == ([PDF] if state == FileState.KEPT else [])
    assert len(store.objects("incoming")) == (state == FileState.INFECTED)


def test_a_file_swapped_after_the_check_is_not_kept(scenario: Scenario) -> None:
    """The checked content is pinned by its hash; a clean verdict on other content keeps none of it."""
    store = Store(scenario, "guardduty")
    upload = store.declare(scenario.submit(), type="application/pdf")
    first = store.put(upload, PDF)
    store.tell(first)
    swapped = store.put(upload, PDF + b"other")
    store.tell(store.scanned(swapped, "NO_THREATS_FOUND"), swapped)
    assert (store.now(upload).state, store.objects("evidence")) == (FileState.SCANNING, [])
    store.tell(store.scanned(first, "NO_THREATS_FOUND"))
    assert (store.now(upload).state, store.objects("evidence"), store.objects("incoming")) == (
        FileState.KEPT,
        [PDF],
        [],
    )


def test_a_form_of_the_store_lasts_a_quarter_of_an_hour(scenario: Scenario, store: Store) -> None:
    """A form found later than 15 minutes can upload nothing."""
    form = scenario.product.uploads.vault.form(store.declare(scenario.submit()), "", CEILING)
    ends = datetime.fromisoformat(json.loads(base64.b64decode(form.fields["policy"]))["expiration"])
    assert timedelta(minutes=14) < ends - datetime.now(UTC) <= timedelta(minutes=15)


@pytest.mark.parametrize("swapped", [False, True], ids=["in order", "swapped"])
def test_a_file_swapped_before_the_worker_looks_is_not_the_one_that_is_checked(
    scenario: Scenario, store: Store, swapped: bool
) -> None:
    """Each event names one version; the version sent first counts, whichever event arrives first."""
    upload = store.declare(scenario.submit(), type="application/pdf")
    first, second = store.put(upload, PDF), store.put(upload, photograph())
    store.tell(*((second, first) if swapped else (first, second)))
    assert (store.now(upload).state, store.objects("evidence"), store.objects("incoming")) == (
        FileState.KEPT,
        [PDF],
        [],
    )


def test_however_often_the_news_comes_a_file_is_decided_once(scenario: Scenario, store: Store) -> None:
    """Three deliveries, a second upload and a late one make one piece of evidence."""
    case = scenario.submit()
    upload = store.declare(case, type="application/pdf")
    created = store.put(upload, PDF)
    store.tell(created, created, store.put(upload, PDF), created)
    assert scenario.moves(case.ref) == ["submit", "add_evidence"]
    assert (store.objects("evidence"), store.objects("incoming")) == ([PDF], [])


@pytest.mark.parametrize("step", ["keep", "move", "save", "remove"])
@pytest.mark.parametrize("done", [False, True], ids=["before", "after"])
def test_a_crash_anywhere_is_mended_by_the_next_delivery(
    scenario: Scenario, store: Store, step: str, done: bool
) -> None:
    """A crash before or after any of the worker's steps loses and doubles nothing."""
    uploads, case = scenario.product.uploads, scenario.submit()
    upload = store.declare(case, type="application/pdf")
    created = store.put(upload, PDF)

    class Crashing:
        """A part of the worker that dies at one step."""

        def __init__(self, whole: Any) -> None:
            self.whole = whole

        def __getattr__(self, name: str) -> Any:
            def crash(*said: Any) -> None:
                if name == "save" and said[0].state == FileState.SCANNING:
                    return self.whole.save(*said)
                if done:
                    getattr(self.whole, name)(*said)
                raise RuntimeError("died")

            return crash if name == step else getattr(self.whole, name)

    parts = {"keep": "vault", "remove": "vault", "save": "rows", "move": "casework"}
    broken: Any = {parts[step]: Crashing(getattr(uploads, parts[step]))}
    with pytest.raises(RuntimeError):
        replace(uploads, **broken).arrived(_arrived(created), lambda: MINUTE_MS)
    store.tell(created)
    assert (store.now(upload).state, scenario.moves(case.ref)) == (FileState.KEPT, ["submit", "add_evidence"])
    assert (store.objects("evidence"), store.objects("incoming")) == ([PDF], [])


def test_evidence_stays_evidence_though_the_case_closed_between_two_deliveries(
    scenario: Scenario, store: Store
) -> None:
    """The worker died after the move; evidence on the timeline is not refused later."""
    uploads, case = scenario.product.uploads, scenario.submit()
    upload = store.declare(case, type="application/pdf")
    created = store.put(upload, PDF)

    class Dying(type(uploads.rows)):  # type: ignore[misc]
        """Rows that cannot be written once the file is kept."""

        def save(self, upload: Upload) -> None:
            if upload.state == FileState.KEPT:
                raise RuntimeError("died")
            super().save(upload)

    with pytest.raises(RuntimeError):
        replace(uploads, rows=Dying()).arrived(_arrived(created), lambda: MINUTE_MS)
    scenario.move(scenario.party(case), "withdraw", case.ref)
    store.tell(created)
    assert (store.now(upload).state, store.objects("evidence")) == (FileState.KEPT, [PDF])


def test_a_file_whose_case_closes_while_it_is_checked_leaves_nothing_in_the_store(
    scenario: Scenario, store: Store
) -> None:
    """The case closes between the check of the stage and the move. The file is refused and stored nowhere."""
    uploads, case = scenario.product.uploads, scenario.submit()
    upload = store.declare(case, type="application/pdf")
    created = store.put(upload, PDF)

    class Closing:
        """Use cases in which somebody closes the case just before the move."""

        def __getattr__(self, name: str) -> Any:
            if name == "move":
                scenario.move(scenario.party(case), "withdraw", case.ref)
            return getattr(uploads.casework, name)

    late: Any = Closing()
    replace(uploads, casework=late).arrived(_arrived(created), lambda: MINUTE_MS)
    assert (store.now(upload).state, store.now(upload).why) == (FileState.REFUSED, "file_case_closed")
    assert store.objects("evidence") == store.objects("thumbs") == store.objects("incoming") == []


def test_evidence_that_waits_for_its_place_in_the_store_need_not_be_sent_again(
    scenario: Scenario, store: Store
) -> None:
    """The store took nothing after the move, and the event is repeated days later."""
    uploads, case = scenario.product.uploads, scenario.submit()
    upload = store.declare(case, type="application/pdf")
    created = store.put(upload, PDF)

    class Away:
        """A store that takes nothing."""

        def __getattr__(self, name: str) -> Any:
            if name == "keep":
                raise Unavailable("file store")
            return getattr(uploads.vault, name)

    away: Any = Away()
    with pytest.raises(Unavailable):
        replace(uploads, vault=away).arrived(_arrived(created), lambda: MINUTE_MS)
    scenario.later(2 * DAY)
    [seen] = uploads.seen(scenario.product.file.whole(case.ref), scenario.party(case))
    assert (seen.state, seen.why) == (FileState.SCANNING, "")
    store.tell(created)
    assert (store.now(upload).state, store.objects("evidence")) == (FileState.KEPT, [PDF])


def _arrived(event: dict[str, Any]) -> Any:
    from chalicelib.aws.vault import arrival

    return arrival(event)


def test_a_file_for_a_case_closed_meanwhile_is_not_kept(scenario: Scenario, store: Store) -> None:
    """A file that was declared in time but arrived after closing is refused, and the sender reads why."""
    case = scenario.submit()
    upload = store.declare(case, type="application/pdf")
    scenario.move(scenario.party(case), "withdraw", case.ref)
    store.tell(store.put(upload, PDF))
    assert (store.now(upload).state, store.now(upload).why) == (FileState.REFUSED, "file_case_closed")
    assert store.objects("evidence") == store.objects("incoming") == []


def test_undeclared_file_is_removed(scenario: Scenario, store: Store) -> None:
    """A file's name alone gets nothing onto a case."""
    upload = replace(store.declare(scenario.submit()), id="01ARZ3NDEKTSV4RRFFQ69G5FAV")
    store.tell(store.put(upload, photograph()))
    assert store.objects("incoming") == store.objects("evidence") == []


def test_a_declared_file_that_never_comes_is_forgotten(scenario: Scenario, store: Store) -> None:
    """A day after its declaration the file is not shown, although its row may still exist."""
    case = scenario.submit()
    store.declare(case)

    def seen() -> Any:
        return scenario.product.uploads.seen(scenario.product.file.whole(case.ref), scenario.party(case))

    scenario.later(DAY - HOUR)
    assert [upload.state for upload in seen()] == [FileState.EXPECTED]
    scenario.later(HOUR)
    assert seen() == []
    assert scenario.product.file.whole(case.ref).files


def test_declaration_is_withdrawn_by_its_sender_until_arrival(scenario: Scenario, store: Store) -> None:
    """Only the sender takes a declaration back, and only until the file arrives.

    A later upload of a withdrawn file is removed.
    """
    case, uploads = scenario.submit(), scenario.product.uploads
    upload, kept = store.declare(case, type="*/*"), store.declare(case, type="*/*")
    created = store.put(kept, PDF)
    store.tell(created)
    for file, caller in ((upload, WANG), (store.now(kept), scenario.party(case))):
        with pytest.raises(NotFound):
            uploads.forget(file, caller)
    for _ in range(2):
        uploads.forget(upload, scenario.party(case))
    uploads.forget(kept, scenario.party(case))  # its state before it arrived
    store.tell(store.put(upload, PDF))
    assert [one.id for one in uploads.seen(scenario.product.file.whole(case.ref), scenario.party(case))] == [
        kept.id
    ]
    assert (store.objects("incoming"), store.objects("evidence")) == ([], [PDF])


def test_a_check_that_never_ends_is_told(scenario: Scenario) -> None:
    """After a day the file is refused, and its sender is asked to send it again."""
    store, case = Store(scenario, "guardduty"), scenario.submit()
    upload = store.declare(case)
    store.tell(store.put(upload, photograph()))
    scenario.later(DAY)
    [seen] = scenario.product.uploads.seen(scenario.product.file.whole(case.ref), scenario.party(case))
    assert (seen.state, seen.why) == (FileState.REFUSED, "file_check_unfinished")


def test_the_form_fits_this_file_only(scenario: Scenario, store: Store) -> None:
    """The form permits exactly its key and type, up to the store's size limit, for its sender only."""
    case = scenario.submit()
    upload = store.declare(case)
    form = scenario.product.uploads.form(
        upload, scenario.party(case), "https://complaints.example/case/files"
    )
    policy = json.loads(base64.b64decode(form.fields["policy"]))
    assert {"key": f"incoming/{case.ref}/{upload.id}"} in policy["conditions"]
    assert {"Content-Type": "image/*"} in policy["conditions"]
    assert {"success_action_redirect": "https://complaints.example/case/files"} in policy["conditions"]
    assert ["content-length-range", 0, CEILING] in policy["conditions"]
    for stranger in (WANG, replace(scenario.party(case), party="p2", who="p2")):
        with pytest.raises(NotFound):
            scenario.product.uploads.form(upload, stranger)
    store.tell(store.put(upload, photograph()))
    with pytest.raises(NotFound):
        scenario.product.uploads.form(store.now(upload), scenario.party(case))


def test_file_is_seen_by_sender_and_handling_staff(scenario: Scenario, store: Store) -> None:
    """The sender and the staff who handle the case see a file.

    Other parties, departments, auditors, administrators and teams do not.
    """
    case = scenario.submit()
    own, scanned = store.declare(case), store.declare(case, WANG)

    def seen(caller: Caller) -> set[str]:
        return {
            upload.id
            for upload in scenario.product.uploads.seen(scenario.product.file.whole(case.ref), caller)
        }

    assert seen(scenario.party(case)) == {own.id}
    assert seen(replace(scenario.party(case), party="p2", who="p2")) == set()
    for staff in (WANG, ZHAO, SUN, WU):
        assert seen(staff) == {own.id, scanned.id}
    for outside in (DEPARTMENT, AUDITOR, ADMINISTRATOR):
        assert seen(outside) == set()


def test_a_representative_within_their_powers_sends_files_for_the_person(
    scenario: Scenario, store: Store
) -> None:
    """The person and the representative see each other's files.

    Without the power, or after the authority ends, no file is declared or kept.
    """
    case = scenario.submit()
    daughter = {"name": "王小芳", "email": "xiao.fang@mail.example", "capacity": "agent"}
    for powers, until in ((["answer"], "2026-02-13"), (["receive_money"], None)):
        scenario.move(
            WANG,
            "add_representative",
            case.ref,
            person=daughter,
            powers=powers,
            until=until,
            checked=True,
            document="委托书",
        )
    able, unable = (
        Caller(f"p{n}", Role.REPRESENTATIVE, ref=case.ref, party=f"p{n}", channel=Channel.WEB) for n in (2, 3)
    )
    upload, late = store.declare(case, able, "application/pdf"), store.declare(case, able, "application/pdf")
    store.tell(store.put(upload, PDF))
    assert json.loads(scenario.product.file.whole(case.ref).entries[-1].line)["role"] == "representative"
    assert upload.id in {
        seen.id
        for seen in scenario.product.uploads.seen(scenario.product.file.whole(case.ref), scenario.party(case))
    }
    with pytest.raises(Refusal, match="power_missing"):
        store.declare(case, unable)
    scenario.later(DAY)
    arrived = store.put(late, PDF)
    scenario.later(DAY)
    store.tell(arrived)
    assert (store.now(late).state, store.now(late).why, len(store.objects("evidence"))) == (
        FileState.REFUSED,
        "file_not_yours",
        1,
    )
    with pytest.raises(Refusal, match="authority_expired"):
        store.declare(case, able)


def test_staff_add_for_the_person_and_a_partner_for_its_own_case(scenario: Scenario, store: Store) -> None:
    """Files of staff and of partners are recorded in their own names."""
    partner = Caller("partner:shop", Role.PARTNER, channel=Channel.API)
    case = scenario.submit(partner)
    for caller in (WANG, partner):
        store.tell(store.put(store.declare(case, caller, "application/pdf"), PDF))
    assert [json.loads(entry.line)["who"] for entry in scenario.product.file.whole(case.ref).entries][1:] == [
        "wang",
        "partner:shop",
    ]


def test_declare_rejects_callers_without_the_move(scenario: Scenario, store: Store) -> None:
    """A role without the move cannot declare a file; a caller who may not know the case gets `NotFound`."""
    with pytest.raises(Refusal, match="move_not_allowed_for_role"):
        store.declare(scenario.submit(), WU)
    with pytest.raises(NotFound):
        store.declare(scenario.submit(), DEPARTMENT)


def test_a_closed_case_and_a_full_one_take_no_more_files(scenario: Scenario, store: Store) -> None:
    """A closed case, a full case and an impossible size are refused before any upload."""
    case = scenario.submit()
    for size, code in ((0, "file_empty"), (LARGEST + 1, "file_too_large")):
        with pytest.raises(Refusal, match=code):
            store.declare(case, size=size)
    for _ in range(MOST_PIECES):
        store.declare(case)
    with pytest.raises(Refusal, match="too_many_files"):
        store.declare(case)
    assert store.declare(case, WANG).state == FileState.EXPECTED  # staff are not bound by this limit
    scenario.move(scenario.party(case), "withdraw", case.ref)
    with pytest.raises(Refusal, match="move_not_allowed_in_stage"):
        store.declare(case)


def test_a_double_click_declares_one_file(scenario: Scenario, store: Store) -> None:
    """The same key returns the same file; with another body it is refused."""
    case = scenario.submit()
    said = {"type": "image/*", "shows": "裂缝"}

    def declare(body: str) -> Any:
        return scenario.product.uploads.declare(
            case.ref, scenario.party(case), said, once(scenario.party(case), "files", "k", body)
        )

    assert declare("a") == declare("a")
    with pytest.raises(Refusal, match="wrong_key_reuse"):
        declare("b")
    assert len(scenario.product.file.whole(case.ref).files) == 1


@pytest.mark.parametrize(
    ("name", "saved"),
    [
        ("", "{ref}-E2.pdf"),
        ("发票 2026.pdf", "发票 2026.pdf"),
        ("bill", "bill.pdf"),
        ("a/../../etc/passwd", "a....etcpasswd.pdf"),
        ("invoice\u202efdp.exe", "invoicefdp.exe.pdf"),
        ('x"\r\nSet-Cookie: a=b', 'x"Set-Cookie: a=b.pdf'),
        ("...", "{ref}-E2.pdf"),
    ],
)
def test_a_download_is_saved_under_a_plain_name_and_never_shown(
    scenario: Scenario, store: Store, name: str, saved: str
) -> None:
    """The saved name is the file's own without paths and control characters, or else its evidence number.

    Its ending is that of the detected type.
    """
    case = scenario.submit()
    upload = store.declare(case, type="application/pdf", name=name)
    store.tell(store.put(upload, PDF))
    link = scenario.product.uploads.link(store.now(upload), scenario.product.file.load(case.ref))
    shown = unquote(unquote(link))
    assert f"attachment; filename*=UTF-8''{saved.format(ref=case.ref)}&" in shown
    assert "response-content-type=application/pdf" in shown
    assert "X-Amz-Expires=300" in shown
