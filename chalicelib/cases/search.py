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
PARTS = "parts"
"""The word with which the place of a page begins if the search is by the parts of a text."""


class Place(Protocol):
    """A case with a key: its place among all cases with this key, and its number."""

    @property
    def at(self) -> str: ...
    @property
    def ref(self) -> str: ...


class Keys(Protocol):
    """The store of keys. `newest` returns at most `most` cases with a key, the newest filing first, before
    the place `before`. `keys` returns all keys of cases."""

    def newest(self, key: str, before: str, most: int) -> Sequence[Place]: ...
    def keys(self, refs: Sequence[str]) -> Mapping[str, set[str]]: ...


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
    """A page of results. `after`: the place after which older cases follow; "" if there are none. `fits`: the
    part of the text that all of them have, if none has all parts; else ""."""

    hits: list[Hit]
    after: str
    fits: str = ""


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
        the case. If no case has a key of the whole text, return those that have keys of its parts.

        It costs a query for each key, and at most `ROUNDS` batch reads of `LOOKED_AT` cases. A text with
        parts costs as many batch reads of keys besides. If these do not fill the page, it has fewer results,
        or none, and its `after` leads to the rest."""
        if not after and (case := self._whole_number(caller, typed)):
            return Results(self._hits(caller, [case]), "")
        if not after.startswith(PARTS):
            found = self._page(caller, typed, after, lambda cases: cases)
            if after or found.hits or found.after:
                return found
        return self._page_of_parts(caller, typed.parts, after) if typed.parts else Results([], "")

    def _page_of_parts(self, caller: Caller, parts: Sequence[Typed], after: str) -> Results:
        """Return the newest cases that have keys of all parts. If one of the parts is exact, such as a
        telephone number, return those that have it and most of the others."""
        exact = [part for part in parts if part.exact]
        by, fewest, place = parts[0], None if exact else len(parts) - 1, ""
        if after:
            n, least, place = after.split(" ", 3)[1:]
            by, fewest = parts[int(n) % len(parts)], int(least)
        elif exact:
            by = next((part for part in exact if self._candidates(part, "")[0]), by)
        others = [part for part in parts if part is not by]

        def fitting(cases: list[Case]) -> list[Case]:
            nonlocal fewest
            fit = self._fitting(caller, others, cases)
            if fewest is None and fit:
                fewest = max(fit.values())
            return [case for case in cases if fit[case.ref] >= (fewest or 0)]

        found = self._page(caller, by, place, fitting)
        partly = fewest is not None and fewest < len(others)
        return found._replace(
            after=f"{PARTS} {parts.index(by)} {fewest or 0} {found.after}" if found.after else "",
            fits=by.text if partly else "",
        )

    def _fitting(self, caller: Caller, parts: Sequence[Typed], cases: Sequence[Case]) -> dict[str, int]:
        """Return for each case how many of the parts are keys of it. Keys that say something of its people do
        not count if the caller may not know them."""
        hashes = [{key for text in part.keys for key in self.casework.find_hashes(text)} for part in parts]
        kept, now = self.keys.keys([case.ref for case in cases]), self.casework.now()
        known = {case.ref: may_read(case, Thing.PEOPLE, caller, now) for case in cases}
        return {
            ref: sum(
                any(fits(ref) for fits in _numbers(part).values()) or bool(knows and some & kept[ref])
                for part, some in zip(parts, hashes, strict=True)
            )
            for ref, knows in known.items()
        }

    def _page(
        self, caller: Caller, typed: Typed, after: str, fitting: Callable[[list[Case]], list[Case]]
    ) -> Results:
        """Return the newest cases after a place that have one of the keys, of which the caller may know, and
        which `fitting` leaves."""
        shown = list[Case]()
        for _ in range(ROUNDS):
            candidates, floor = self._candidates(typed, after)
            looked, left = candidates[:LOOKED_AT], candidates[LOOKED_AT:]
            cases = {case.ref: case for case in self.file.several([one.ref for one in looked])}
            known = [one for one in looked if one.ref in cases]
            known = [one for one in known if self._may_find(caller, cases[one.ref], one.personal)]
            fits = {case.ref for case in fitting([cases[one.ref] for one in known])}
            for n, one in enumerate(looked, 1):
                if one.ref in fits:
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
        numbers, places, floor = _numbers(typed), dict[str, Candidate](), ""
        for text in dict.fromkeys((*typed.keys, *numbers)):
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


def _numbers(typed: Typed) -> dict[str, Callable[[str], bool]]:
    """Return the keys of the parts of a case number that a text can be, each with the check that a number has
    this part. The keys of long parts are shorter than the parts."""
    found: dict[str, Callable[[str], bool]] = {
        typed.begins: lambda ref: ref.startswith(typed.digits),
        typed.ends: lambda ref: ref.endswith(typed.digits),
        typed.within: lambda ref: middle(ref) == typed.digits,
    }
    return {key: fits for key, fits in found.items() if key}
