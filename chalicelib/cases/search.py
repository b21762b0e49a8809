"""The search for cases by keys: a number or a part of it, a name, a telephone number, a mailbox, an order, a
company, or the number that a partner gave a case."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple, Protocol

from chalicelib.access.authorization import Caller, NotFound, Thing, may_read
from chalicelib.cases.casework import Casework
from chalicelib.domain.finding import Typed, middle
from chalicelib.domain.frozen import frozen
from chalicelib.domain.model.case import Case
from chalicelib.domain.reference import read

SHOWN = 10
"""The most results on a page."""
LOOKED_AT, ROUNDS = 40, 3
"""Limits of one page. `LOOKED_AT`: how many cases one batch read loads, to check what the reader may know.
`ROUNDS`: the highest number of batch reads."""
WINDOW = 200
"""How many rows one query reads for a key."""


class Place(Protocol):
    """A case with a key: its place among all cases with this key, and its number."""

    @property
    def at(self) -> str: ...
    @property
    def ref(self) -> str: ...


class Keys(Protocol):
    """The store of keys. `newest` returns at most `most` cases with a key, the newest filing first, before
    the place `before`."""

    def newest(self, key: str, before: str, most: int) -> Sequence[Place]: ...


class Gist(Protocol):
    """The row of the first person of a case, and the words of the complaint."""

    @property
    def person(self) -> Mapping[str, Any]: ...
    @property
    def account(self) -> Mapping[str, Any]: ...


class CaseFile(Protocol):
    """The store of cases. `several` returns cases in the order of their numbers, without those that cannot be
    read. `gists` returns the people and the words of the complaints."""

    def load(self, ref: str) -> Case: ...
    def several(self, refs: Sequence[str]) -> list[Case]: ...
    def gists(self, refs: Sequence[str]) -> Mapping[str, Gist]: ...


class Hit(NamedTuple):
    """A case that was found. `name` and `company` are those of the complaint; None if they are not stored, or
    if the reader may not know them. `known`: whether the reader may know the people of the case. `open`:
    whether they may read its timeline."""

    case: Case
    name: str | None
    company: str | None
    known: bool
    open: bool


class Results(NamedTuple):
    """A page of results. `after`: the place after which older cases follow; "" if there are none."""

    hits: list[Hit]
    after: str


class Candidate(NamedTuple):
    """A case that has one of the keys. `at`: its place. `personal`: whether it was found only by keys that
    say something of its people."""

    at: str
    ref: str
    personal: bool


@frozen
class Search:
    """The search for cases by keys."""

    casework: Casework
    file: CaseFile
    keys: Keys

    def page(self, caller: Caller, typed: Typed, after: str) -> Results:
        """Return the newest cases after the place `after` that have one of the keys, and of which the caller
        may know. A key of a person, such as a name, finds a case only if the caller may know the people of
        the case.

        It costs a query for each key, and at most `ROUNDS` batch reads of `LOOKED_AT` cases. If these do not
        fill the page, it has fewer results, or none, and its `after` leads to the rest."""
        if not after and (case := self._whole_number(caller, typed)):
            return Results(self._hits(caller, [case]), "")
        shown = list[Case]()
        for _ in range(ROUNDS):
            candidates, floor = self._candidates(typed, after)
            looked, left = candidates[:LOOKED_AT], candidates[LOOKED_AT:]
            cases = {case.ref: case for case in self.file.several([one.ref for one in looked])}
            for n, one in enumerate(looked, 1):
                if one.ref in cases and self._may_find(caller, cases[one.ref], one.personal):
                    shown.append(cases[one.ref])
                if len(shown) == SHOWN:
                    follow = bool(floor or left or looked[n:])
                    return Results(self._hits(caller, shown), one.at if follow else "")
            after = looked[-1].at if left else floor
            if not after:
                break
        return Results(self._hits(caller, shown), after)

    def _whole_number(self, caller: Caller, typed: Typed) -> Case | None:
        """Return the case whose whole number was typed. Return None without one, or if the caller may not
        know of the case."""
        with suppress(NotFound):
            if number := read(typed.digits):
                return self.casework.visible(self.file.load(number), caller)
        return None

    def _candidates(self, typed: Typed, after: str) -> tuple[list[Candidate], str]:
        """Return the next cases with one of the keys after a place, the newest first. Return also the place
        down to which they are complete; "" if there are no older ones."""
        numbers: dict[str, Callable[[str], bool]] = {
            typed.begins: lambda ref: ref.startswith(typed.digits),
            typed.ends: lambda ref: ref.endswith(typed.digits),
            typed.within: lambda ref: middle(ref) == typed.digits,
        }
        places, floor = dict[str, Candidate](), ""
        for text in dict.fromkeys((*typed.keys, *filter(None, numbers))):
            for key in self.casework.find_hashes(text):
                found = self.keys.newest(key, after, WINDOW)
                if len(found) == WINDOW:  # the other keys are complete only down to here
                    floor = max(floor, found[-1].at)
                for one in found:
                    if text not in numbers or numbers[text](one.ref):
                        known = places.get(one.at)
                        personal = text not in numbers and (known is None or known.personal)
                        places[one.at] = Candidate(one.at, one.ref, personal)
        return sorted((one for one in places.values() if one.at >= floor), reverse=True), floor

    def _may_find(self, caller: Caller, case: Case, personal: bool) -> bool:
        thing = Thing.PEOPLE if personal else Thing.CASE
        return may_read(case, thing, caller, self.casework.now())

    def _hits(self, caller: Caller, cases: Iterable[Case]) -> list[Hit]:
        cases, now = list(cases), self.casework.now()
        known = [case.ref for case in cases if may_read(case, Thing.PEOPLE, caller, now)]
        gists = self.file.gists(known)
        return [
            Hit(
                case,
                gists[case.ref].person.get("name") if case.ref in gists else None,
                gists[case.ref].account.get("business") if case.ref in gists else None,
                case.ref in gists,
                may_read(case, Thing.TIMELINE, caller, now),
            )
            for case in cases
        ]
