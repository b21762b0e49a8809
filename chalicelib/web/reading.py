"""How a case reads for staff: names, facts and words, each turned into what people read by the types of the declarations."""
from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from chalicelib.casework import STAFF, Caller, Dossier
from chalicelib.correspondence import said_in
from chalicelib.domain.calendar import instant
from chalicelib.domain.case import Case, Telling
from chalicelib.domain.codes import Role, Way
from chalicelib.domain.deadlines import Running, deadlines
from chalicelib.domain.process import MOVES
from chalicelib.domain.reference import shown
from chalicelib.domain.roster import Roster
from chalicelib.letters import saying
from chalicelib.web.forms import matter_called, parts, section, shape
from chalicelib.web.pages import say
from chalicelib.wiring import product

READS_PEOPLE = STAFF & ~(Role.AUDITOR | Role.ADMINISTRATOR | Role.DEPARTMENT)
"""Roles that handle cases: others do not see who a person is, nor anybody's words."""
SOON = timedelta(hours=4)
"""What comes sooner is marked."""
LISTS = {"deadline": "deadline", "role": "role", "passed_on": "passed_on", "consumer": "letter", "letter": "letter", "move": "move"}
"""Facts that are written down as plain text and are codes of a list."""
SILENT = frozenset({"run", "step", "early", "review", "asked", "id", "rules", "approval", "telling"})
"""Facts that say nothing to people."""
Line = tuple[str, list[str]]
"""A label and what it says, line by line."""


@dataclass(frozen=True)
class Reading:
    """A case in one language, as `caller` may see it now."""

    dossier: Dossier
    caller: Caller
    language: str
    roster: Roster
    now: datetime

    @property
    def case(self) -> Case:
        """The case's head."""
        return self.dossier.case

    @property
    def reads_people(self) -> bool:
        """Whether the caller sees who people are and what they said."""
        return bool(self.caller.roles & READS_PEOPLE)

    def head(self) -> list[Line]:
        """What the case is, in short."""
        case, owner = self.case, self.name(self.case.owner) if self.case.owner else self.words_of("nobody")
        wanted = [saying.money(self.language, case.wish_amount)] if case.wish_amount is not None else []
        outside = [self.label(case.outside.body, "route"), str(case.outside.since or "")] if case.outside else []
        bought = {"subject_kind": case.subject.kind, "goods_class": case.subject.goods_class, "service_class": case.subject.service_class}
        said = {
            "outcome": [self.label(case.outcome, "outcome")] if case.outcome else [], "owner": [owner], "team": [self.team()],
            "channel": [self.label(case.channel, "channel")], "received_at": [self.moment(case.received_at)],
            "recorded_at": [self.moment(case.recorded_at)] if case.recorded_at != case.received_at else [],
            "severity": [self.label(case.severity, "severity")] if case.severity else [], "hurt": [self.label(case.hurt, "hurt")],
            "wishes": [*(self.label(wish, "wish") for wish in case.wishes), *wanted],
            "subject": [self.label(code, listed) for listed, code in bought.items() if code],
            "happened_on": [str(case.happened_on)] if case.happened_on else [],
            "asked_business": [self.label(case.asked_business, "asked_business")], "outside": list(filter(None, outside)),
            "consents": [self.label(consent, "label") for consent in case.consents], "policy": [case.policy]}
        return [(self.words_of("head", name), lines) for name, lines in said.items() if lines]

    def people(self) -> list[tuple[str, list[Line]]]:
        """Everybody on the case; who they are only for those who handle it."""
        hint = MOVES["submit"].parameters["person"][0]
        rows = ((party, self.dossier.people.get(party.id, {})) for party in self.case.parties)
        return [(self.label(party.side, "role"), self.inside(hint, row) if self.reads_people else []) for party, row in rows]

    def account(self) -> list[Line]:
        """What the consumer said when they complained."""
        _, words = said_in(self.dossier, 1)
        if self.reads_people and "account" in words:
            return self.inside(MOVES["submit"].parameters["account"][0], words["account"])
        return [(self.called("story"), [self.unsaid()])]

    def runs(self) -> list[Running]:
        """Every deadline that runs, the next due first."""
        return sorted(deadlines(self.case).values(), key=lambda run: (run.due is None, run.due or self.now))

    def script(self, telling: Telling) -> str:
        """The text of a letter that somebody must tell; nothing for those who do not see who people are."""
        row = next(letter for letter in self.dossier.letters if letter["id"] == telling.id)
        if not self.reads_people:
            return ""
        text = product.correspondence.rendered(self.dossier, row, self.roster, self.now).text
        return text if self.case.party(telling.party).way == Way.POST else self.without_links(text)      # what is posted is printed whole

    def letters(self) -> list[dict[str, Any]]:
        """Every letter of the case and what became of it, the latest first; its text only for those who see who people are."""
        rows = sorted(self.dossier.letters, key=lambda row: (row["at"], row["id"]), reverse=True)
        texts = (self.without_links((row["sent"] or {}).get("text") or "") if self.reads_people else "" for row in rows)
        return [{**row, "at": instant(row["at"]), "text": text} for row, text in zip(rows, texts, strict=True)]

    def without_links(self, text: str) -> str:
        """A letter's text without access links: whoever has one can act as the consumer."""
        return re.sub(rf"/case/{self.case.ref}/[\w-]+", "/case/…", text)

    def entries(self, after: int = 0) -> list[dict[str, Any]]:
        """The timeline, the latest first; only what came `after` an entry."""
        return [self.entry(n) for n in range(len(self.dossier.entries), after, -1)]

    def entry(self, n: int) -> dict[str, Any]:
        """One entry of the timeline. What was said at submission stands elsewhere on the page."""
        line, _ = said_in(self.dossier, n)
        move, facts, asked = line["move"], line["facts"], line["facts"].get("asked")
        entry = {**line, "at": instant(line["at"]), "waits": isinstance(asked, str), "facts": [], "words": []}
        if move == "submit":
            return entry
        granted = self.facts(facts["move"], asked) if isinstance(asked, Mapping) else ()
        return entry | {"facts": [*self.facts(move, facts), *granted], "words": self.words(n)}

    def words(self, n: int) -> list[Line]:
        """The personal words of an entry."""
        line, words = said_in(self.dossier, n)
        seen = words if self.reads_people else {}
        return [(self.called(name), self.said(name, self.hint(line["move"], name), seen[name]) if name in seen else [self.unsaid()])
                for name in line["words"]]

    def facts(self, move: str, facts: Mapping[str, Any]) -> Iterator[Line]:
        """The facts of a move with their labels."""
        for name, value in facts.items():
            if name not in SILENT and (value or value is False):
                yield self.called(name), self.said(name, self.hint(move, name), value)

    def said(self, name: str, hint: Any, value: Any) -> list[str]:
        """A value as people read it, line by line."""
        if name in LISTS:
            return [self.label(value, LISTS[name])]
        if name in ("to", "party"):
            return [self.name(value)]
        if name == "late_minutes":
            return [saying.late(self.language, value)]
        try:
            kind, inside = shape(hint, name)
        except TypeError:
            return [str(value)]
        if kind == "each":
            return [f"{matter_called(self.language, int(n), self.case.matters[int(n) - 1])}: {line}"
                    for n, item in value.items() for line in self.said("", inside, item)]
        if kind in ("one", "many"):
            return [self.label(code, section(inside)) for code in (value if isinstance(value, (list, tuple)) else [value])]
        return [self.simple(kind, value)]

    def simple(self, kind: str, value: Any) -> str:
        """One value of a simple kind."""
        if kind == "bool":
            return str(saying.texts(self.language)["page"]["form"]["yes" if value else "no"])
        if kind == "moment":
            return self.moment(instant(value))
        return saying.money(self.language, value) if kind == "money" else shown(value) if kind == "number" else str(value)

    def inside(self, hint: Any, values: Mapping[str, Any]) -> list[Line]:
        """The parts of a value that were filled in."""
        return [(self.called(name), self.said(name, part, values[name])) for name, part, _ in parts(shape(hint, "")[1]) if values.get(name)]

    def moment(self, at: datetime) -> str:
        """A moment that is no end."""
        return saying.moment(self.language, at, end=False)

    def words_of(self, *path: str) -> str:
        """A text of the desk's pages."""
        return say(self.language, ".".join(("desk", *path)))

    def called(self, name: str) -> str:
        """The label of a fact."""
        texts = saying.texts(self.language)
        return str(texts["page"]["desk"]["fact"].get(name) or texts["label"].get(name, name))

    def hint(self, move: str, name: str) -> Any:
        """The type of a fact of a move; None for a fact that the engine added."""
        return MOVES[move].parameters.get(name, (None, None))[0]

    def label(self, code: str, listed: str) -> str:
        """The label of a code."""
        return saying.label(self.language, code, listed)

    def unsaid(self) -> str:
        """What stands in place of words that are not shown."""
        texts = saying.texts(self.language)
        return str(texts["words"]["erased"]) if self.reads_people else self.words_of("hidden")

    def who(self, entry: Mapping[str, Any]) -> str:
        """Who made an entry, and in what role."""
        name, role = self.name(entry["who"]), self.label(entry["role"], "role")
        return role if name == role else f"{name} · {role}"

    def name(self, who: str) -> str:
        """Who somebody is: a colleague or a person on the case by name, anybody else by what they are."""
        if member := self.roster.member(who):
            return member.name
        if person := self.dossier.people.get(who):
            return (self.reads_people and person.get("name")) or self.label(self.case.party(who).side, "role")
        return self.label(who, "role") if who in ("clock", "consumer") else who

    def team(self) -> str:
        """The name of the case's team."""
        found = self.roster.teams.get(self.case.team)
        return found.label.get(self.language, self.case.team) if found else self.case.team

    def recipient(self, to: str) -> str:
        """To whom a letter goes."""
        kind, _, id = to.partition(":")
        return self.label(id, "role") if kind == "role" else self.name(id)


def tone(at: datetime | None, now: datetime) -> str:
    """How pressing a moment is: `late`, `soon` or nothing."""
    return "" if at is None else "late" if at <= now else "soon" if at - now <= SOON else ""
