"""Enclosures of a complaint: in its draft until submission, then on the case."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.domain.model.case import Refusal
from chalicelib.evidence.enclosures import MOST, Enclosure
from chalicelib.evidence.uploads import LARGEST, FileState
from tests.scenario import Scenario
from tests.store import PDF, Store, photograph

DRAFT = "d" * 64


@pytest.fixture
def store(scenario: Scenario) -> Store:
    """A store without a scanner."""
    return Store(scenario)


def enclosed(scenario: Scenario, store: Store, *contents: bytes) -> list[Enclosure]:
    """Return the checked files of a draft that have arrived with these contents."""
    files = [Enclosure(f"{n:026}", f"照片{n}", f"{n}.jpg") for n in range(len(contents))]
    for file, content in zip(files, contents, strict=True):
        store.enclose(DRAFT, file.id, content)
    return scenario.product.enclosures.looked_at(DRAFT, files)


def test_bad_enclosures_are_refused_before_sending(scenario: Scenario, store: Store) -> None:
    """The size and first bytes of a file decide, and a refused file is deleted at once.

    A file that has not arrived is left out without waiting.
    """
    files = enclosed(scenario, store, photograph(), b"", b"MZ" + bytes(500), bytes(LARGEST + 1))
    late = Enclosure("9" * 26, "还没到")
    assert [file.why for file in files] == ["", "file_empty", "file_type_unknown", "file_too_large"]
    seen = scenario.product.enclosures.looked_at(DRAFT, [*files, late])
    assert [file.goes for file in seen] == [True, False, False, False, False]
    assert store.objects("drafts") == [photograph()]


def test_the_files_of_a_draft_arrive_on_its_case_and_are_checked_there(
    scenario: Scenario, store: Store
) -> None:
    """The files are added in the complainant's name, once however often they are handed over.

    An upload under the same name after submission is ignored.
    """
    files = enclosed(scenario, store, photograph(), PDF, b"MZ" + bytes(500))
    store.enclose(DRAFT, files[1].id, PDF + b"other")
    case = scenario.submit()

    def hand_over() -> None:
        scenario.product.enclosures.hand_over(DRAFT, files, case, scenario.party(case))

    hand_over()
    hand_over()
    store.tell_all(case)
    hand_over()
    store.tell_all(case)
    uploads = scenario.product.uploads.seen(scenario.product.file.whole(case.ref), scenario.party(case))
    told = {(upload.shows, upload.state, upload.by.who, upload.name) for upload in uploads}
    assert told == {("照片0", FileState.KEPT, "p1", "0.jpg"), ("照片1", FileState.KEPT, "p1", "1.jpg")}
    assert scenario.moves(case.ref) == ["submit", "add_evidence", "add_evidence"]
    assert (sorted(map(len, store.objects("evidence"))), store.objects("incoming")) == (
        sorted([len(photograph()), len(PDF)]),
        [],
    )


def test_crashed_handover_of_enclosures_is_finished_by_a_retry(scenario: Scenario, store: Store) -> None:
    """After a crash at the first file, the second try hands over the other."""
    files, case = enclosed(scenario, store, photograph(), PDF), scenario.submit()
    enclosures, own = scenario.product.enclosures, scenario.party(case)

    class Dying:
        """A store that dies at the second file."""

        def __init__(self) -> None:
            self.handed = 0

        def hand_over(self, *said: Any) -> None:
            self.handed += 1
            if self.handed == 2:
                raise RuntimeError("died")
            enclosures.store.hand_over(*said)

    dying: Any = Dying()
    with pytest.raises(RuntimeError):
        replace(enclosures, store=dying).hand_over(DRAFT, files, case, own)
    enclosures.hand_over(DRAFT, files, case, own)
    store.tell_all(case)
    assert scenario.moves(case.ref) == ["submit", "add_evidence", "add_evidence"]


def test_a_draft_takes_so_many_files_and_one_that_is_removed_is_gone(
    scenario: Scenario, store: Store
) -> None:
    """A file added twice counts once; every version of a removed file is deleted."""
    enclosures, files = scenario.product.enclosures, [Enclosure(f"{n:026}", "x") for n in range(MOST)]
    assert enclosures.add(files, files[0]) == files
    with pytest.raises(Refusal, match="too_many_enclosures"):
        enclosures.add(files, Enclosure("9" * 26, "x"))
    for content in (PDF, photograph()):
        store.enclose(DRAFT, files[0].id, content)
    enclosures.remove(DRAFT, files[:2])
    assert store.objects("drafts") == []
