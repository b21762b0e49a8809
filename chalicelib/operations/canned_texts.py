"""Changes of canned texts: the rights to make them, and their refusals."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from chalicelib.access.authorization import Caller, teams_led
from chalicelib.cases.casework import WriteConflict
from chalicelib.domain.canned_texts import MOST_TEXTS, CannedText, TextChange, coded
from chalicelib.domain.frozen import frozen, replace
from chalicelib.domain.model.case import Refusal, refuse_if
from chalicelib.domain.model.codes import Role
from chalicelib.domain.roster import Roster
from chalicelib.locale.slot_names import typed_names


class TextStore(Protocol):
    """The store of canned texts. `keep` raises WriteConflict if the stored text differs from
    `change.before`."""

    def fresh(self, team: str) -> list[CannedText]: ...
    def find(self, team: str, id: str) -> CannedText | None: ...
    def keep(self, change: TextChange) -> None: ...
    def changes(self, before: str, most: int) -> list[tuple[str, TextChange]]: ...


@frozen
class TextKeeper:
    """Changes the canned texts. `roster` returns the roster as stored now. `now` returns the present moment
    (UTC)."""

    store: TextStore
    roster: Callable[[], Roster]
    now: Callable[[], datetime]

    def save(self, caller: Caller, text: CannedText, seen: int) -> None:
        """Store a new text, or a changed one. `text`: its slots have the names that people type. `seen`: the
        version that the caller saw; 0 for a new text. A new text that was stored before by the same form
        stays as it is.

        Raises Refusal for an unknown slot, a closed or unknown team, a team that has too many texts, and
        `canned_text_changed` if somebody else changed or removed the text since."""
        team, now = self.roster().teams.get(text.team), self.now()
        refuse_if(text.team and (team is None or team.closed), "text_team_closed", field="team")
        new = replace(text, text=coded(text.text, typed_names()), version=seen + 1)
        before = self._as_seen(text.team, text.id, seen) if seen else None
        if not seen:
            if self.store.find(text.team, text.id) == new:
                return
            refuse_if(len(self.store.fresh(text.team)) >= MOST_TEXTS, "texts_full", most=MOST_TEXTS)
        self._keep(TextChange(now, caller.who, before, new))

    def remove(self, caller: Caller, team: str, id: str, seen: int) -> None:
        """Remove a text of a team. `seen`: the version that the caller saw. Raises Refusal
        `canned_text_changed` if somebody else has changed or removed it since."""
        self._keep(TextChange(self.now(), caller.who, self._as_seen(team, id, seen), None))

    def _as_seen(self, team: str, id: str, seen: int) -> CannedText:
        found = self.store.find(team, id)
        if found is None or found.version != seen:
            raise self._changed(id)
        return found

    def _keep(self, change: TextChange) -> None:
        try:
            self.store.keep(change)
        except WriteConflict:
            raise self._changed(change.id) from None

    def _changed(self, id: str) -> Refusal:
        """Return the refusal that names the last change of a text, if it is one of the newest."""
        made = next((one for _, one in self.store.changes("", MOST_TEXTS) if one.id == id), None)
        who = self.roster().member(made.who) if made else None
        called = who.name if who else made and made.who
        return Refusal("canned_text_changed", who=called, at=made and made.at)


def may_change_texts(caller: Caller, team: str, roster: Roster) -> bool:
    """Return whether a caller may change the texts of a team, "" for those of all teams: an administrator,
    and a lead for the teams that they lead."""
    return caller.administers or bool(caller.roles & Role.LEAD and team in teams_led(caller, roster))
