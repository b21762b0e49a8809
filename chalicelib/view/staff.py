"""The view of a case for an officer or a mediator. It decides whether they may know the people, the words of
the talks, the votes of a panel, and answers to the survey."""

from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple

from chalicelib.access.authorization import SEES_ALL, STAFF, Caller, Thing, acting, hears, may_read
from chalicelib.access.offers import Offers
from chalicelib.domain.calendar import instant
from chalicelib.domain.engine.deadlines import due
from chalicelib.domain.engine.declare import MOVES, Move, Take, confided_to, move_names
from chalicelib.domain.engine.running import Running
from chalicelib.domain.frozen import frozen, replace
from chalicelib.domain.model.case import Case
from chalicelib.domain.model.case_records import CallTask, Matter
from chalicelib.domain.model.codes import TALKS, Nature, Role
from chalicelib.domain.moves.call_tasks import by_post, to_post
from chalicelib.domain.moves.dispute import of_the_talks
from chalicelib.domain.moves.drafting import TEXTS
from chalicelib.domain.moves.invitation import refuse_mediation
from chalicelib.domain.moves.joint import ask_consent
from chalicelib.domain.moves.mediation import challenge_mediator, end_mediation
from chalicelib.view.reader import Reader, department, is_our_duty, leaves_to_owner

TO_DECIDE = move_names(refuse_mediation, challenge_mediator, end_mediation)
"""The names of the moves whose reason is confidential to the talks, but which a supervisor must confirm or
decide on. Because of that, the supervisor may read the reason."""
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
"""The names of the facts that remain when the other facts of an entry are hidden from a reader. They say
which side and which thing the entry is about."""
Line = Mapping[str, Any]


class ConflictFacts(NamedTuple):
    """The facts that a mediator gets before they declare that they have no ties to the case. `people`: the
    role and the name of each person; the name is None if it is not stored. `businesses`: the names of the
    business and the shop, as the consumer gave them. `natures`: the subjects of the dispute. `matters`: the
    matters of the complaint. `by`: until when (UTC) a mediator must be found; None without such a time."""

    people: list[tuple[Role, str | None]]
    businesses: list[str]
    natures: list[Nature]
    matters: tuple[Matter, ...]
    by: datetime | None


@frozen
class Staff(Reader):
    """A case as an officer or a mediator sees it. `caller`: the officer or the mediator."""

    caller: Caller

    @cached_property
    def known(self) -> bool:
        """Return whether the reader may know who the people on the case are, and what these people wrote."""
        return may_read(self.case, Thing.PEOPLE, self.caller, self.now)

    @cached_property
    def hears(self) -> bool:
        """Return whether the reader may know what was said in the talks."""
        return hears(self.case, self.caller)

    @property
    def votes(self) -> bool:
        """Return whether the reader may know how each member of the panel voted. Members of the panel may,
        and so may roles that see every case."""
        return bool(self.caller.roles & SEES_ALL) or self.case.seat(self.caller.who) is not None

    @cached_property
    def head(self) -> Case:
        """Return the case without the parts that the reader may not know. For a reader who may not know the
        talks, these are the amounts of offers, the absences in a mediation, and the clauses of an unsigned
        draft."""
        talks = self.case.talks
        dispute, mediation, agreement = talks.dispute, talks.mediation, talks.agreement
        if self.hears or not (dispute or mediation or agreement):
            return self.case
        if dispute:
            dispute = replace(dispute, offers=tuple(replace(offer, amount=None) for offer in dispute.offers))
        if mediation:
            mediation = replace(mediation, absences=())
        if agreement and not agreement.in_force:
            agreement = replace(agreement, terms=())
        return replace(
            self.case, talks=replace(talks, dispute=dispute, mediation=mediation, agreement=agreement)
        )

    def must_answer(self, run: Running) -> bool:
        """Return whether the reader is expected to act before the end of a deadline run. An act is expected
        for our own duties. A question to a department concerns only readers of that department."""
        return is_our_duty(run) and department(self.case, run) in ("", *self.caller.teams)

    def own_acts(self, offers: Offers) -> Offers:
        """Return those of the available moves (`offers`) that the reader takes in a role of their own. Moves
        that the reader can only record for another person are left out."""
        roles = acting(self.case, self.caller).roles
        return {move: about for move, about in offers.items() if MOVES[move].by & roles}

    def leaves_to_owner(self, move: Move) -> bool:
        """Return whether the reader first waits for the owner of the case to take a move, as a lead does."""
        return leaves_to_owner(move, self.case.owner, self.caller.who, acting(self.case, self.caller).roles)

    def concerned(self) -> ConflictFacts:
        """Return what a mediator may know of the case before they declare that they have no ties to it."""
        case, people, dispute = self.case, self.dossier.people, self.case.talks.dispute
        account = self.dossier.entry(1)[1].get("account") or {}
        return ConflictFacts(
            [(party.role, people.get(party.id, {}).get("name")) for party in case.parties if not party.left],
            [str(account[name]) for name in ("business", "shop") if account.get(name)],
            [dispute.nature, *dispute.others] if dispute else [],
            case.matters,
            due(case).get("mediator_appointment"),
        )

    def confided(self, line: Line) -> bool:
        """Return whether the words of an entry are confidential to the talks. `line`: the parsed line of the
        entry.

        Statements and offers in the talks are confidential. So is a settlement that was proposed to the
        people of a joint case during talks. So is the note of an officer who read out a letter about the
        talks.
        """
        move, facts, bound = line["move"], line["facts"], self.case.bound
        if move == ask_consent.__name__:
            at = instant(line["at"])
            return any(
                stay.stage in TALKS and stay.since <= at and (not stay.until or at < stay.until)
                for stay in self.case.stays
            )
        if move in move_names(*TEXTS) and bound and bound.version == facts["version"]:
            # This text is the agreement in force now, so follow-up officers must be able to read it.
            return False
        letter = self.dossier.letters.get(facts["telling"]) if facts.get("telling") else None
        return confided_to(move) == "talks" or (letter is not None and self.of_the_talks(letter))

    def reads(self, line: Line) -> bool:
        """Return whether the reader may read the words of an entry, if they may know the people. `line`: the
        parsed line of the entry. Some readers may not read votes, answers to the survey, or words of the
        talks."""
        move, sees_all = line["move"], bool(self.caller.roles & SEES_ALL)
        match confided_to(move):
            case "panel":
                return self.votes
            case "colleagues":
                return bool(self.caller.roles & STAFF & ~Role.MEDIATOR)
            case "uninvolved":
                return sees_all and self.caller.who not in self.dossier.contents.handled
        if move in TO_DECIDE:
            # A mediator must not read the reason of an objection to themselves.
            own = move == challenge_mediator.__name__ and self.caller.roles & Role.MEDIATOR
            return sees_all or (self.hears and not own)
        return self.hears or not self.confided(line)

    def unread(self, line: Line) -> bool:
        """Return whether the reader learns only that an entry exists, and not even which fields of words it
        has. That is so for votes and answers to the survey that the reader may not read. `line`: the parsed
        line of the entry."""
        return confided_to(line["move"]) in ("panel", "uninvolved") and not self.reads(line)

    def open(self, line: Line) -> bool:
        """Return whether the reader may see the words of an entry. `line`: the parsed line of the entry."""
        return self.known and self.reads(line)

    def visible_line(self, line: Line) -> dict[str, Any]:
        """Return the parsed line of an entry without what the reader may not know. If the words are hidden
        from the reader, only the facts in `OUTLINE` remain. The author of an answer to the survey is removed
        too."""
        if self.reads(line):
            return {**line}
        unnamed = confided_to(line["move"]) == "uninvolved"
        by = {"who": Role.CONSUMER.code, "role": Role.CONSUMER.code} if unnamed else {}
        return {**line, **by, "facts": {name: had for name, had in line["facts"].items() if name in OUTLINE}}

    def reads_letter(self, row: Mapping[str, Any]) -> bool:
        """Return whether the reader may read a letter. `row`: the stored row of the letter. A letter that
        repeats the talks is only for readers who may know the talks."""
        return self.known and (self.hears or not self.of_the_talks(row))

    def of_the_talks(self, row: Mapping[str, Any]) -> bool:
        """Return whether a letter repeats words of the talks. `row`: the stored row of the letter."""
        return of_the_talks(self.case, row["name"], instant(row["at"]))

    def tells(self, telling: CallTask) -> bool:
        """Return whether the reader may read out the letter of this call task to a party. If the letter
        repeats the talks, the reader must be one who may know the talks."""
        return self.hears or not of_the_talks(self.case, telling.letter, telling.since)

    def unreached(self, telling: CallTask) -> bool:
        """Return whether calls for this call task have failed for so long that the letter must be posted."""
        return to_post(telling)

    def by_post(self, telling: CallTask) -> bool:
        """Return whether the letter of this call task is to be posted."""
        return by_post(self.case, telling)

    def words(self, n: int, *moves: Take) -> Mapping[str, Any]:
        """Return the words of entry `n`, by field. If `moves` are given, the entry must be of one of these
        moves. The result is empty if it is not, or if the reader may not see the words."""
        return (
            super().words(n, *moves) if self.has_entry(n, *moves) and self.open(self.dossier.line(n)) else {}
        )
