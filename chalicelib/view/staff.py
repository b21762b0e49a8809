"""The view of a case for an officer or a mediator: people, words of the talks, votes, surveys."""

from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple

from chalicelib.access.authorization import SEES_ALL, STAFF, Caller, Thing, acting, hears, may_read
from chalicelib.access.offers import Offers
from chalicelib.domain.calendar import instant
from chalicelib.domain.engine.deadlines import due
from chalicelib.domain.engine.declare import MOVES, Take, confided_to, move_names
from chalicelib.domain.engine.running import Running
from chalicelib.domain.frozen import frozen, replace
from chalicelib.domain.model.case import Case
from chalicelib.domain.model.case_records import CallTask, Matter
from chalicelib.domain.model.codes import TALKS, Nature, Role, Way
from chalicelib.domain.moves.call_tasks import to_post
from chalicelib.domain.moves.dispute import of_the_talks
from chalicelib.domain.moves.drafting import TEXTS
from chalicelib.domain.moves.invitation import refuse_mediation
from chalicelib.domain.moves.joint import ask_consent
from chalicelib.domain.moves.mediation import challenge_mediator, end_mediation
from chalicelib.view.reader import Reader, department, ours

TO_DECIDE = move_names(refuse_mediation, challenge_mediator, end_mediation)
"""The moves whose reason is confidential, but is read by the supervisor who decides on them or confirms
them."""
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
"""The facts of a confidential entry that every reader of the case may know: its side and its subject."""
Line = Mapping[str, Any]


class Concerned(NamedTuple):
    """The information for a mediator before they declare that nothing ties them to the case. It holds the
    people with role and stored name, the business and shop in the consumer's words, the dispute's natures,
    and the matters. They accept `by` a moment (UTC)."""

    people: list[tuple[Role, str | None]]
    businesses: list[str]
    natures: list[Nature]
    matters: tuple[Matter, ...]
    by: datetime | None


@frozen
class Staff(Reader):
    """A case for an officer or a mediator."""

    caller: Caller

    @cached_property
    def known(self) -> bool:
        """Return whether the reader may know people's identity and words."""
        return may_read(self.case, Thing.PEOPLE, self.caller, self.now)

    @cached_property
    def hears(self) -> bool:
        """Return whether the reader may know what was said in the talks."""
        return hears(self.case, self.caller)

    @property
    def votes(self) -> bool:
        """Return whether the reader may know individual votes: the panel itself, and roles that see every
        case."""
        return bool(self.caller.roles & SEES_ALL) or self.case.seat(self.caller.who) is not None

    @cached_property
    def head(self) -> Case:
        """Return the head without the content of the talks, unless the reader may know it. Offers lose their
        amounts, the mediation its absences, and a draft not in force its terms."""
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

    def must_answer(self, run: Running) -> bool:
        """Return whether an act of the reader is expected before a deadline: one of ours, which does not wait
        for another department."""
        return ours(run) and department(self.case, run) in ("", *self.caller.teams)

    def own_acts(self, offers: Offers) -> Offers:
        """Return the available moves that the reader takes in a role of theirs. Acts that they only record
        for others do not count."""
        roles = acting(self.case, self.caller).roles
        return {move: about for move, about in offers.items() if MOVES[move].by & roles}

    def concerned(self) -> Concerned:
        """Return the people of the case and its subject, for a mediator who was asked."""
        case, people, dispute = self.case, self.dossier.people, self.case.talks.dispute
        account = self.dossier.entry(1)[1].get("account") or {}
        return Concerned(
            [(party.role, people.get(party.id, {}).get("name")) for party in case.parties if not party.left],
            [str(account[name]) for name in ("business", "shop") if account.get(name)],
            [dispute.nature, *dispute.others] if dispute else [],
            case.matters,
            due(case).get("mediator_appointment"),
        )

    def confided(self, line: Line) -> bool:
        """Return whether an entry's words are confidential to the talks. These are statements in them,
        proposals to the people of a joint case meanwhile, and notes of the officer who read out such a
        letter."""
        move, facts, bound = line["move"], line["facts"], self.case.bound
        if move == ask_consent.__name__:
            at = instant(line["at"])
            return any(
                interval.stage in TALKS
                and interval.since <= at
                and (not interval.until or at < interval.until)
                for interval in self.case.spells
            )
        if move in move_names(*TEXTS) and bound and bound.version == facts["version"]:
            # the agreement is in force, and the officers who monitor its performance read it
            return False
        letter = self.dossier.letters.get(facts["telling"]) if facts.get("telling") else None
        return confided_to(move) == "talks" or (letter is not None and self.of_the_talks(letter))

    def reads(self, line: Line) -> bool:
        """Return whether the reader may read an entry's words, given that the reader may know the people.
        Votes and words of the talks are not for every reader."""
        move, sees_all = line["move"], bool(self.caller.roles & SEES_ALL)
        match confided_to(move):
            case "panel":
                return self.votes
            case "colleagues":
                return bool(self.caller.roles & STAFF & ~Role.MEDIATOR)
            case "uninvolved":
                return sees_all and self.caller.who not in self.dossier.contents.handled
        if move in TO_DECIDE:
            # a mediator takes no part in the decision on an objection to them
            own = move == challenge_mediator.__name__ and self.caller.roles & Role.MEDIATOR
            return sees_all or (self.hears and not own)
        return self.hears or not self.confided(line)

    def unread(self, line: Line) -> bool:
        """Return whether the reader sees only that an entry exists, without the names of its words. This
        covers votes and survey answers that the reader may not read."""
        return confided_to(line["move"]) in ("panel", "uninvolved") and not self.reads(line)

    def open(self, line: Line) -> bool:
        """Return whether the reader may see an entry's words."""
        return self.known and self.reads(line)

    def visible_line(self, line: Line) -> dict[str, Any]:
        """Return an entry as the reader may know it: all its facts, or only the outline of a confidential
        one. An unreadable survey answer also hides its author."""
        if self.reads(line):
            return {**line}
        unnamed = confided_to(line["move"]) == "uninvolved"
        by = {"who": Role.CONSUMER.code, "role": Role.CONSUMER.code} if unnamed else {}
        return {**line, **by, "facts": {name: had for name, had in line["facts"].items() if name in OUTLINE}}

    def reads_letter(self, row: Mapping[str, Any]) -> bool:
        """Return whether the reader may read a letter: it repeats nothing confidential to the talks, or the
        reader may know the talks."""
        return self.known and (self.hears or not self.of_the_talks(row))

    def of_the_talks(self, row: Mapping[str, Any]) -> bool:
        """Return whether a letter repeats words of the talks."""
        return of_the_talks(self.case, row["name"], instant(row["at"]))

    def tells(self, telling: CallTask) -> bool:
        """Return whether the reader may read a letter to a party by phone. Letters of the talks are reserved
        for neutral officers."""
        return self.hears or not of_the_talks(self.case, telling.letter, telling.since)

    def unreached(self, telling: CallTask) -> bool:
        """Return whether the party of a call task was not reached by phone, so that the letter is posted."""
        return to_post(telling)

    def by_post(self, telling: CallTask) -> bool:
        """Return whether a letter to a party leaves on paper: by their choice, or after the calls."""
        return self.case.party(telling.party).way == Way.POST or self.unreached(telling)

    def words(self, n: int, *moves: Take) -> Mapping[str, Any]:
        """Return the words that the reader may know."""
        return (
            super().words(n, *moves) if self.has_entry(n, *moves) and self.open(self.dossier.line(n)) else {}
        )
