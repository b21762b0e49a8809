"""A case as a member of staff, or a mediator, to whom it is open may know it: who they are, which words are
for the talks only, a vote, a survey."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any, NamedTuple

from chalicelib.access.authorization import SEES_ALL, STAFF, Caller, Thing, hears, may_read
from chalicelib.domain.calendar import instant
from chalicelib.domain.engine.declare import Take, confided_to, named
from chalicelib.domain.frozen import frozen, replace
from chalicelib.domain.model.case import Case
from chalicelib.domain.model.case_records import CallTask, Matter
from chalicelib.domain.model.codes import TALKS, Nature, Role
from chalicelib.domain.moves.dispute import of_the_talks
from chalicelib.domain.moves.drafting import TEXTS
from chalicelib.domain.moves.invitation import refuse_mediation
from chalicelib.domain.moves.joint import ask_consent
from chalicelib.domain.moves.mediation import challenge_mediator, end_mediation
from chalicelib.view.reader import Reader

TO_DECIDE = named(refuse_mediation, challenge_mediator, end_mediation)
"""Moves whose reason is said in confidence, but read by the supervisor, who decides on it or confirms it."""
OUTLINE = frozenset(
    {
        "side",
        "offer",
        "counters",
        "statement",
        "telling",
        "how",
        "told",
        "version",
        "digest",
        "meeting",
        "ending",
    }
)
"""Facts that everybody who sees the case may know of an entry made in confidence: that there was one, by
which side, and what it is about."""
Line = Mapping[str, Any]


class Concerned(NamedTuple):
    """All that somebody who is asked to mediate learns before they say that nothing ties them to the case:
    who is on it, in which role and by which name, as far as that is kept; the business and its shop as the
    consumer called them; of which natures the dispute is, and what it is about."""

    people: list[tuple[Role, str | None]]
    businesses: list[str]
    natures: list[Nature]
    matters: tuple[Matter, ...]


@frozen
class Staff(Reader):
    """A case for a member of staff, or a mediator."""

    caller: Caller

    @cached_property
    def known(self) -> bool:
        """Whether they may know who people are and what they said."""
        return may_read(self.case, Thing.PEOPLE, self.caller, self.now)

    @cached_property
    def hears(self) -> bool:
        """Whether they may know what was said in the talks."""
        return hears(self.case, self.caller)

    @property
    def votes(self) -> bool:
        """Whether they may know who voted how: the panel itself, and whoever sees every case."""
        return bool(self.caller.roles & SEES_ALL) or self.case.seat(self.caller.who) is not None

    @cached_property
    def head(self) -> Case:
        """The case's head as they may know it. For the talks only are what was offered, who was absent from a
        mediation and why, and what a draft says until it is in force."""
        talks = self.case.talks
        dispute, mediation, agreement = talks.dispute, talks.mediation, talks.agreement
        if self.hears or not (dispute or mediation or agreement):
            return self.case
        if dispute:
            offers = tuple(replace(offer, amount=None) for offer in dispute.offers)
            dispute = replace(dispute, offers=offers)
        if mediation:
            mediation = replace(mediation, absences=())
        if agreement and not agreement.in_force:
            agreement = replace(agreement, terms=())
        return replace(
            self.case, talks=replace(talks, dispute=dispute, mediation=mediation, agreement=agreement)
        )

    def concerned(self) -> Concerned:
        """Who is concerned by the case, and what it is about."""
        case, people, dispute = self.case, self.dossier.people, self.case.talks.dispute
        account = self.dossier.entry(1)[1].get("account") or {}
        return Concerned(
            [(party.role, people.get(party.id, {}).get("name")) for party in case.parties if not party.left],
            [str(account[name]) for name in ("business", "shop") if account.get(name)],
            [dispute.nature, *dispute.others] if dispute else [],
            case.matters,
        )

    def confided(self, line: Line) -> bool:
        """Whether an entry's words are for the talks only: what was said there, the text put to each person
        of a joint case meanwhile, what somebody noted who told such a letter."""
        move, facts, bound = line["move"], line["facts"], self.case.bound
        if move == ask_consent.__name__:
            at = instant(line["at"])
            return any(
                interval.stage in TALKS
                and interval.since <= at
                and (not interval.until or at < interval.until)
                for interval in self.case.spells
            )
        if move in named(*TEXTS) and bound and bound.version == facts["version"]:
            # the agreement is in force: whoever watches that it is performed reads it
            return False
        letter = self.dossier.letters.get(facts["telling"]) if facts.get("telling") else None
        return confided_to(move) == "talks" or (letter is not None and self.of_the_talks(letter))

    def reads(self, line: Line) -> bool:
        """Whether they may read what an entry says, should they know who people are: a vote, or what was said
        in talks, is not for everybody on the case."""
        move, sees_all = line["move"], bool(self.caller.roles & SEES_ALL)
        match confided_to(move):
            case "panel":
                return self.votes
            case "colleagues":
                return bool(self.caller.roles & STAFF & ~Role.MEDIATOR)
            case "uninvolved":
                return sees_all and self.caller.who not in self.dossier.contents.handled
        if move in TO_DECIDE:
            # whoever is objected to takes no part in deciding on it
            own = move == challenge_mediator.__name__ and self.caller.roles & Role.MEDIATOR
            return sees_all or (self.hears and not own)
        return self.hears or not self.confided(line)

    def unread(self, line: Line) -> bool:
        """Whether they are shown only that there is an entry, and not even which words it has: how somebody
        voted, or judged us, is not theirs to know."""
        return confided_to(line["move"]) in ("panel", "uninvolved") and not self.reads(line)

    def open(self, line: Line) -> bool:
        """Whether they are shown what an entry says."""
        return self.known and self.reads(line)

    def told(self, line: Line) -> dict[str, Any]:
        """An entry as they may know it: its facts, or what everybody may know of one made in confidence; of
        an answer to us that they do not read, only that one came in."""
        if self.reads(line):
            return {**line}
        unnamed = confided_to(line["move"]) == "uninvolved"
        by = {"who": Role.CONSUMER.code, "role": Role.CONSUMER.code} if unnamed else {}
        return {**line, **by, "facts": {name: had for name, had in line["facts"].items() if name in OUTLINE}}

    def reads_letter(self, row: Mapping[str, Any]) -> bool:
        """Whether they may read a letter: it repeats nothing that is for the talks only."""
        return self.known and (self.hears or not self.of_the_talks(row))

    def of_the_talks(self, row: Mapping[str, Any]) -> bool:
        """Whether a letter is one that repeats what was said in the talks."""
        return of_the_talks(self.case, row["name"], instant(row["at"]))

    def tells(self, telling: CallTask) -> bool:
        """Whether they may tell a letter: what is for the talks only, neutral officers alone."""
        return self.hears or not of_the_talks(self.case, telling.letter, telling.since)

    def words(self, n: int, *moves: Take) -> Mapping[str, Any]:
        """Only those they may know, and of the talks only what is for them."""
        return super().words(n, *moves) if self.stands(n, *moves) and self.open(self.dossier.line(n)) else {}
