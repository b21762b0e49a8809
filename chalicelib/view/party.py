"""A case as one party sees it: what is theirs and what is common to all, never what is another person's."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from functools import cached_property
from typing import Any

from chalicelib.access.authorization import STAFF, Caller, Thing, may_read
from chalicelib.cases.dossier import Dossier
from chalicelib.domain.engine.declare import MOVES, Done, Shows, Take, named
from chalicelib.domain.engine.running import DEADLINES, EVERYONE, Reading, Running
from chalicelib.domain.frozen import frozen, replace
from chalicelib.domain.model.case import Act, Party
from chalicelib.domain.model.case_records import BUSINESS, MEDIATOR
from chalicelib.domain.model.codes import Conclusion, Ending, Power, Role, Side, Stage
from chalicelib.domain.model.letters import key_of, letter_key, letter_of, subject_of
from chalicelib.domain.model.obligation import Obligation
from chalicelib.domain.moves.dispute import share_statement, state_position
from chalicelib.domain.moves.intake import submit
from chalicelib.domain.moves.investigation import tested
from chalicelib.domain.moves.joint import join_case, leave_case
from chalicelib.domain.moves.parties import circle_of
from chalicelib.view.obligation import Totals, totals
from chalicelib.view.reader import Reader
from chalicelib.view.staff import Staff

FIRST = "p1"
"""The id of the person who made the complaint: only they, and whoever speaks for them, see its words."""
SEEN: Mapping[Reading, frozenset[str]] = {
    reading: frozenset(name for name, declared in DEADLINES.items() if reading in declared.seen_by)
    for reading in EVERYONE
}
"""The deadlines that each reader outside is told."""
Facts = Mapping[str, Any]


@frozen
class PartyReader(Reader):
    """A case for one party, who sees it for themselves or for whom they represent."""

    caller: Caller

    @property
    def party(self) -> Party:
        """The party who looks."""
        return self.case.party(self.caller.party)

    @property
    def whose(self) -> Party:
        """Whose case it is: the party's own, or that of whom they represent."""
        return self.case.party(self.party.represents) if self.party.represents else self.party

    @property
    def principal(self) -> str:
        """The id of whoever they speak for: themselves, or whom they represent."""
        return self.case.stands_for(self.party.id)

    @cached_property
    def circle(self) -> frozenset[str]:
        """Whose it is and all who speak, or spoke, for them."""
        return circle_of(self.case, self.whose.id)

    @cached_property
    def others(self) -> frozenset[str]:
        """Everybody else on the case."""
        return frozenset(party.id for party in self.case.parties) - self.circle

    @property
    def company(self) -> bool:
        """Whether the company's representative looks: they see of a case only what is named for them."""
        return self.party.side == Side.BUSINESS

    @property
    def authorised(self) -> bool:
        """Whether the case may be shown: to a representative once their authority was checked, and within its
        term; to whoever came by passphrase not."""
        return may_read(self.case, Thing.TIMELINE, self.caller, self.now)

    @property
    def first(self) -> bool:
        """Whether the words of the complaint are theirs."""
        return self.whose.id == FIRST

    @cached_property
    def since(self) -> int:
        """The entry with which they came to the case; what was written before is not theirs."""
        return self.dossier.last(join_case, fits=lambda line: line["facts"].get("party") == self.whose.id)

    @cached_property
    def statements(self) -> Mapping[int, tuple[int, bool]]:
        """Of each entry that makes or shows a statement: the entry where its words stand, and whether the
        other side sees them."""
        found, own = {}, {}
        for n, (line, _) in self.dossier.of(state_position, share_statement):
            facts = line["facts"]
            if line["move"] == state_position.__name__:
                own[facts["statement"]] = n
                found[n] = n, bool(facts.get("share"))
            # only of the talks that go on, since later talks number their statements anew
            elif said := own.get(facts["statement"]):
                found |= {said: (said, True), n: (said, True)}
        return found

    def sees(self, n: int, move: str, line: Facts, facts: Facts) -> bool:
        """Whether an entry is theirs, or common to all; a statement is for its own side, the other sees it
        once it is shown to them."""
        if MOVES[move].confided and self.caller.roles & Role.PARTNER:
            return False
        # a representative does not read what the person they represent said themselves
        if MOVES[move].confided == "uninvolved":
            return self.mine(move, line, facts) or facts["party"] == self.party.id
        if move in named(state_position, share_statement):
            # a statement of earlier talks is for its own side alone
            said, shown = self.statements.get(n, (n, False))
            by = self.dossier.line(said)
            return self.said(by, by["facts"]) or (shown and side_of(by, by["facts"]) != self.party.side)
        if self.company:
            return (
                shows(move).facts is not None
                or shows(move).company
                or facts.get("party") == self.party.id
                or self.mine(move, line, facts)
                or self.duty(facts) is not None
            )
        if not self.others:
            return True
        return n >= self.since and (
            shows(move).facts is not None or self.made_by(move, line, facts) in (*self.circle, None)
        )

    def duty(self, facts: Facts) -> Obligation | None:
        """The duty that an entry is about, if it is theirs or owed to them: what becomes of it, both of its
        sides may know."""
        return next((o for o in self.owed() if o.id == facts.get("obligation")), None)

    def said(self, line: Facts, facts: Facts) -> bool:
        """Whether the words of an entry are their own: of the company its side's, of those who complain each
        person's, and why a text is not signed whosever signature it was, also when staff wrote it down."""
        if "missing" in line["facts"]:
            return self.principal in line["facts"]["missing"]
        side = side_of(line, facts)
        if self.company or side == Side.BUSINESS:
            return self.company and side == Side.BUSINESS
        return (
            facts.get("party") or (line["who"] if Role[line["role"].upper()] & Role.C else FIRST)
        ) in self.circle

    def hears(self, move: str, line: Facts, facts: Facts) -> bool:
        """Whether the words of an entry that they see are for them too; those of the talks, and of what was
        agreed in them, are for no partner system."""
        if self.caller.roles & Role.PARTNER and (
            shows(move).facts is not None or ((owed := self.duty(facts)) and owed.term)
        ):
            return False
        words_for = shows(move).words_for
        if words_for == "side":
            return (side_of(line, facts) or self.creditor(facts)) == self.party.side
        if words_for == "speaker" and not self.said(line, facts):
            return False
        return facts.get("ending") != Ending.SUSPECTED_CRIME

    def creditor(self, facts: Facts) -> Side:
        """The side to which the duty of an entry is owed: what staff wrote down of it they wrote down for
        that side."""
        owed = next((o for o in self.case.obligations if o.id == facts.get("obligation")), None)
        return Side.BUSINESS if owed and owed.to == BUSINESS else Side.CONSUMER

    def facts(self, move: str, line: Facts, facts: Facts) -> Facts:
        """What of the facts of an entry they are told: of the talks what is named, of what is settled with
        everybody their own share."""
        entry = shows(move)
        if entry.facts is not None:
            side, own = side_of(line, facts), entry.own if self.said(line, facts) else ()
            told = {name: facts[name] for name in (*entry.facts, *own) if name in facts} | (
                {"side": side} if side else {}
            )
            return told | ({"missing": self.by_role(told["missing"])} if "missing" in told else {})
        if facts.get("remedies"):
            return {
                **facts,
                "remedies": [
                    owed for owed in facts["remedies"] if owed.get("party") in (None, self.whose.id)
                ],
            }
        if "referred" in facts:
            return {**facts, "referred": [o.id for o in self.owed() if o.id in facts["referred"]]}
        return facts

    def by_role(self, ids: Iterable[str]) -> list[str]:
        """Who has not signed, as the others are told: oneself, the company, the mediator; of other people
        only that they complain too."""
        return list(
            dict.fromkeys(
                id if id in (self.principal, BUSINESS, MEDIATOR) else str(Side.CONSUMER) for id in ids
            )
        )

    def who(self, line: Facts) -> str:
        """Who made an entry; of the other side only that it was that side."""
        side = side_of(line, {})
        return side if side and side != self.party.side else str(line["who"])

    def made_by(self, move: str, line: Facts, facts: Facts) -> str | None:
        """The party whose act an entry is, or whom alone it is about; None for what staff do towards
        everybody."""
        if move == submit.__name__ or "from" in facts:
            return FIRST
        if named := facts.get("party") or facts.get("left") or facts.get("whose"):
            return str(named)
        if "obligation" in facts:
            owed = next((o for o in self.case.obligations if o.id == facts["obligation"]), None)
            return (owed.debtor if owed.to == BUSINESS else owed.to) if owed else ""
        if id := facts.get("representative"):
            return next((party.represents for party in self.case.parties if party.id == id), "")
        if Role[line["role"].upper()] & Role.PARTY:
            return str(line["who"])
        return FIRST if shows(move).about_one or line["role"] == "partner" else None

    def mine(self, move: str, line: Facts, facts: Facts) -> bool:
        """Whether this very party took the move."""
        if move in named(submit, join_case, leave_case):
            return (
                line["role"] in ("consumer", "representative")
                and self.made_by(move, line, facts) == self.party.id
            )
        return bool(Role[line["role"].upper()] & Role.PARTY) and line["who"] == self.party.id

    @property
    def good_answer(self) -> bool:
        """Whether the answer is good for them: something is promised to them, or every matter was upheld.
        Only then are they led to accept it."""
        report = self.case.answer
        return report is not None and (
            any(owed.open and owed.to == self.principal for owed in self.owed())
            or {*report.conclusions.values()} == {Conclusion.UPHELD}
        )

    @property
    def totals(self) -> Totals:
        """What they still have to pay altogether, and are still to be paid."""
        return totals(self, (o for o in self.owed() if o.open))

    def asked(self, letter: str) -> bool:
        """Whether the question of a letter still waits for this person."""
        name, about, _ = key_of(letter)
        if letter_of(name).of_both and self.caller.roles & Role.PARTNER:
            return False
        if name == "absence_asked":
            missed = self.case.talks.mediation.absences if self.case.talks.mediation else ()
            return any((a.letter, a.side, a.good) == (letter, self.party.side, None) for a in missed)
        if name == "minutes":
            return (about == letter_key(subject_of(about), BUSINESS)) == self.company
        if name == "change_proposed":
            return any(o.id == about for o in self.owed())
        if self.company:
            return letter_of(name).of_both
        if letter == "joint_consent":
            return self.case.together.proposal is not None and self.whose.consents is None
        if letter == "appraisal_proposal":
            return tested(self.case, self.party)
        if letter == "authority_request":
            return any(
                p.id in self.circle and p.represents and not p.checked and not p.left
                for p in self.case.parties
            )
        return True

    @property
    def told_runs(self) -> Collection[str]:
        """The deadlines that they are told."""
        if self.caller.roles & Role.PARTNER:
            return SEEN["partner"]
        return SEEN["company" if self.company else "consumer"]

    def concerns(self, run: Running) -> bool:
        """Whether a deadline that runs is theirs, or common to all."""
        if run.name not in self.told_runs:
            return False
        if DEADLINES[run.name].of_promise:
            return any(o.id == run.id for o in self.owed())
        if run.name == "party_reply":
            return self.asked(run.id)
        if run.name in ("challenge", "signing", "survey", "opinion"):
            return self.own(run)
        if run.name in ("message_reply", "handler_change") and self.others:
            by = next(
                (w.by for w in (*self.case.messages, self.case.handler_change) if w and w.id == run.id), ""
            )
            return (by if by in self.others | self.circle else FIRST) in self.circle
        return True

    def empowered(self, power: Power) -> bool:
        """Whether this party may do for whose case it is what needs a power; for themselves everybody may."""
        return not self.party.represents or power in self.party.powers

    def lapse(self, move: Take, at: datetime | None, **said: Any) -> str:
        """Where the clock's move at the end of a window would leave the case as it is, tried on it with
        nothing written; `shielded` where silence may not close it, so that somebody looks at it first."""
        act = Act(Role.CLOCK.code, Role.CLOCK, at or self.now, "", "")
        done = move(self.case, act, **said)
        stage = (done.case if isinstance(done, Done) else done).stage
        return "shielded" if self.case.shielded and stage == Stage.CLOSED else str(stage)

    def agents(self) -> list[Party]:
        """Who speaks for whose case it is, checked or not."""
        return [party for party in self.case.parties if party.represents == self.whose.id and not party.left]


@frozen
class Partner(Reader):
    """The partner system that filed a case for its first person: nothing that passes between the two sides is
    for them."""

    caller: Caller

    def owed(self) -> list[Obligation]:
        """None."""
        return []

    @cached_property
    def person(self) -> PartyReader:
        """The person for whom they filed, as far as a partner system is told of their case."""
        return PartyReader(self.dossier, self.now, replace(self.caller, ref=self.case.ref, party=FIRST))

    def concerns(self, run: Running) -> bool:
        """Those of the person for whom they filed, but for what passes between the two sides: the talks, what
        is agreed in them, what is owed."""
        return self.person.concerns(run)


def reader_of(dossier: Dossier, now: datetime, caller: Caller) -> PartyReader | Partner | Staff:
    """Whoever asks, as who reads the case."""
    kind = PartyReader if caller.party else Staff if caller.roles & STAFF else Partner
    return kind(dossier, now, caller)


def shows(move: str) -> Shows:
    """What parties are told of an entry of this move; an entry that is for staff only is shown with nothing
    of its own."""
    return MOVES[move].shows or Shows()


def side_of(line: Facts, facts: Facts) -> Side | None:
    """The side that an entry speaks for, as staff name it or by who made it; None for staff."""
    role = Role[line["role"].upper()]
    if "side" in facts or role is Role.BUSINESS_REP:
        # a side, or a person on it
        return Side.BUSINESS if facts.get("side", BUSINESS) == BUSINESS else Side.CONSUMER
    return Side.CONSUMER if role & (Role.PARTY | Role.PARTNER) else None
