"""The view of a case for one party: the party's own content and what is common to all, never another
person's."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from functools import cached_property
from typing import Any

from chalicelib.access.authorization import STAFF, Caller, Thing, may_read
from chalicelib.access.offers import Offers
from chalicelib.cases.dossier import Dossier
from chalicelib.domain.engine.declare import MOVES, Done, Shows, Take, move_names
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
"""The id of the person who made the complaint. Only they and their agents see its words."""
SEEN: Mapping[Reading, frozenset[str]] = {
    reading: frozenset(name for name, declared in DEADLINES.items() if reading in declared.seen_by)
    for reading in EVERYONE
}
"""The deadlines that each external reader sees."""
Facts = Mapping[str, Any]


@frozen
class PartyReader(Reader):
    """A case for one party, who acts for themselves or for a principal."""

    caller: Caller

    @property
    def party(self) -> Party:
        """Return the reading party."""
        return self.case.party(self.caller.party)

    @property
    def whose(self) -> Party:
        """Return the principal: the party itself, or the person it represents."""
        return self.case.party(self.party.represents) if self.party.represents else self.party

    @property
    def principal(self) -> str:
        """Return the principal's id: the party's own, or that of the person it represents."""
        return self.case.stands_for(self.party.id)

    @cached_property
    def circle(self) -> frozenset[str]:
        """Return the principal and all present and former agents."""
        return circle_of(self.case, self.whose.id)

    @cached_property
    def others(self) -> frozenset[str]:
        """Return all other people on the case."""
        return frozenset(party.id for party in self.case.parties) - self.circle

    @property
    def company(self) -> bool:
        """Return whether the reader is the company's representative, who sees only what the case discloses to
        the company."""
        return self.party.side == Side.BUSINESS

    @property
    def authorised(self) -> bool:
        """Return whether the party may see the case: a representative after the check of their authority and
        within its term. Access by passphrase does not suffice."""
        return may_read(self.case, Thing.TIMELINE, self.caller, self.now)

    @property
    def first(self) -> bool:
        """Return whether the words of the complaint are the principal's."""
        return self.whose.id == FIRST

    @cached_property
    def since(self) -> int:
        """Return the entry with which the principal joined the case. Earlier entries are not theirs."""
        return self.dossier.last(join_case, fits=lambda line: line["facts"].get("party") == self.whose.id)

    @cached_property
    def statements(self) -> Mapping[int, tuple[int, bool]]:
        """Return, for each entry that makes or shares a statement, the entry of its words and whether the
        other side sees them."""
        found, own = {}, {}
        for n, (line, _) in self.dossier.of(state_position, share_statement):
            facts = line["facts"]
            if line["move"] == state_position.__name__:
                own[facts["statement"]] = n
                found[n] = n, bool(facts.get("share"))
            # only of the current talks, since later talks number their statements from the start
            elif said := own.get(facts["statement"]):
                found |= {said: (said, True), n: (said, True)}
        return found

    def sees(self, n: int, move: str, line: Facts, facts: Facts) -> bool:
        """Return whether an entry is the party's own or common to all. A statement belongs to its side; the
        other side sees it once it is shared."""
        if MOVES[move].confided and self.caller.roles & Role.PARTNER:
            return False
        # a representative does not read their principal's own feedback
        if MOVES[move].confided == "uninvolved":
            return self.mine(move, line, facts) or facts["party"] == self.party.id
        if move in move_names(state_position, share_statement):
            # a statement of earlier talks is visible to its own side only
            said, shown = self.statements.get(n, (n, False))
            by = self.dossier.line(said)
            return self.is_own_statement(by, by["facts"]) or (
                shown and side_of(by, by["facts"]) != self.party.side
            )
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
        """Return the obligation of an entry if the principal is its debtor or creditor, since both may follow
        it; None otherwise."""
        return next((o for o in self.visible_obligations() if o.id == facts.get("obligation")), None)

    def is_own_statement(self, line: Facts, facts: Facts) -> bool:
        """Return whether an entry's words are the principal's: for the company those of its side, for
        complainants each person's own. The reason for not signing a text belongs to the missing signer, even
        if an officer recorded it."""
        if "missing" in line["facts"]:
            return self.principal in line["facts"]["missing"]
        side = side_of(line, facts)
        if self.company or side == Side.BUSINESS:
            return self.company and side == Side.BUSINESS
        return (
            facts.get("party") or (line["who"] if Role[line["role"].upper()] & Role.C else FIRST)
        ) in self.circle

    def hears(self, move: str, line: Facts, facts: Facts) -> bool:
        """Return whether the words of a visible entry are for the reader too. Partner systems get no words of
        the talks and of the agreement."""
        if self.caller.roles & Role.PARTNER and (
            shows(move).facts is not None or ((owed := self.duty(facts)) and owed.term)
        ):
            return False
        words_for = shows(move).words_for
        if words_for == "side":
            return (side_of(line, facts) or self.creditor(facts)) == self.party.side
        if words_for == "speaker" and not self.is_own_statement(line, facts):
            return False
        return facts.get("ending") != Ending.SUSPECTED_CRIME

    def creditor(self, facts: Facts) -> Side:
        """Return the creditor's side of an entry's obligation. Staff record facts about it for that side."""
        owed = next((o for o in self.case.obligations if o.id == facts.get("obligation")), None)
        return Side.BUSINESS if owed and owed.to == BUSINESS else Side.CONSUMER

    def facts(self, move: str, line: Facts, facts: Facts) -> Facts:
        """Return the facts of an entry for the reader: of the talks the declared ones, of a joint settlement
        the reader's own share."""
        entry = shows(move)
        if entry.facts is not None:
            side, own = side_of(line, facts), entry.own if self.is_own_statement(line, facts) else ()
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
            return {
                **facts,
                "referred": [o.id for o in self.visible_obligations() if o.id in facts["referred"]],
            }
        return facts

    def by_role(self, ids: Iterable[str]) -> list[str]:
        """Return the missing signers as others see them: the reader, the company, the mediator by id, other
        complainants only as the consumer side."""
        return list(
            dict.fromkeys(
                id if id in (self.principal, BUSINESS, MEDIATOR) else str(Side.CONSUMER) for id in ids
            )
        )

    def who(self, line: Facts) -> str:
        """Return the actor of an entry; for the other side only the side."""
        side = side_of(line, {})
        return side if side and side != self.party.side else str(line["who"])

    def made_by(self, move: str, line: Facts, facts: Facts) -> str | None:
        """Return the party whose act an entry is, or whom it concerns alone. Return None for acts of staff
        towards all."""
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
        """Return whether this party itself took the move."""
        if move in move_names(submit, join_case, leave_case):
            return (
                line["role"] in ("consumer", "representative")
                and self.made_by(move, line, facts) == self.party.id
            )
        return bool(Role[line["role"].upper()] & Role.PARTY) and line["who"] == self.party.id

    @property
    def good_answer(self) -> bool:
        """Return whether the answer is favourable: it promises the principal something, or upholds every
        matter. Only then does the page suggest to accept it."""
        report = self.case.answer
        return report is not None and (
            any(owed.open and owed.to == self.principal for owed in self.visible_obligations())
            or {*report.conclusions.values()} == {Conclusion.UPHELD}
        )

    @property
    def totals(self) -> Totals:
        """Return the sums that the principal still has to pay and still gets."""
        return totals(self, (o for o in self.visible_obligations() if o.open))

    def awaits_reply(self, letter: str) -> bool:
        """Return whether a letter's question still awaits this person's reply."""
        name, about, _ = key_of(letter)
        if letter_of(name).of_both and self.caller.roles & Role.PARTNER:
            return False
        if name == "absence_asked":
            missed = self.case.talks.mediation.absences if self.case.talks.mediation else ()
            return any((a.letter, a.side, a.good) == (letter, self.party.side, None) for a in missed)
        if name == "minutes":
            return (about == letter_key(subject_of(about), BUSINESS)) == self.company
        if name == "change_proposed":
            return any(o.id == about for o in self.visible_obligations())
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
        """Return the deadlines that this kind of reader sees."""
        if self.caller.roles & Role.PARTNER:
            return SEEN["partner"]
        return SEEN["company" if self.company else "consumer"]

    def concerns(self, run: Running) -> bool:
        """Return whether a running deadline is the principal's or common to all."""
        if run.name not in self.told_runs:
            return False
        if DEADLINES[run.name].of_promise:
            return any(o.id == run.id for o in self.visible_obligations())
        if run.name == "party_reply":
            return self.awaits_reply(run.id)
        if run.name in ("challenge", "signing", "survey", "opinion"):
            return self.own(run)
        if run.name in ("message_reply", "handler_change") and self.others:
            by = next(
                (w.by for w in (*self.case.messages, self.case.handler_change) if w and w.id == run.id), ""
            )
            return (by if by in self.others | self.circle else FIRST) in self.circle
        return True

    def must_answer(self, run: Running) -> bool:
        """Return whether an act of this party is expected before a deadline that they see: a window of theirs
        that is no mere right, or an obligation."""
        # A decline, or an answer without a promise, ends by itself. The party contests it, accepts it or does
        # neither.
        given = self.case.stage == Stage.ANSWERED and self.good_answer
        declared = DEADLINES[run.name]
        right = declared.right or (run.name == "answer_window" and not given)
        of_sides = declared.of_promise or declared.answers_for is Side.BUSINESS
        return run.id not in {*Side} - {self.party.side} and not right and (not run.duty or of_sides)

    def own_acts(self, offers: Offers) -> Offers:
        """Return the available moves that may be expected of this party. An agent without the power for the
        preferred act gets no less preferred one. For example, an agent who may refuse a text but not sign it
        is not led to refuse."""
        beyond = [move for move in MOVES.values() if not self.empowered(move.power)]
        return {
            name: about
            for name, about in offers.items()
            if not any(
                move.rank < MOVES[name].rank and not {*move.answers}.isdisjoint(MOVES[name].answers)
                for move in beyond
            )
        }

    def empowered(self, power: Power) -> bool:
        """Return whether this party may use a power for its principal. A party without a principal has every
        power."""
        return not self.party.represents or power in self.party.powers

    def lapse(self, move: Take, at: datetime | None, **facts: Any) -> str:
        """Return the stage after the clock's move at the end of a window. The move is tried on the case
        without a write. Return `shielded` if silence may not close the case, since an officer looks at it
        first."""
        act = Act(Role.CLOCK.code, Role.CLOCK, at or self.now, "", "")
        done = move(self.case, act, **facts)
        stage = (done.case if isinstance(done, Done) else done).stage
        return "shielded" if self.case.shielded and stage == Stage.CLOSED else str(stage)

    def agents(self) -> list[Party]:
        """Return the principal's agents, checked or not."""
        return [party for party in self.case.parties if party.represents == self.whose.id and not party.left]


@frozen
class Partner(Reader):
    """The partner system that filed a case for its first person. It sees nothing that passes between the two
    sides."""

    caller: Caller

    def visible_obligations(self) -> list[Obligation]:
        """Return no obligations."""
        return []

    @cached_property
    def person(self) -> PartyReader:
        """Return the person of the partner's complaint, as a partner system may see the case."""
        return PartyReader(self.dossier, self.now, replace(self.caller, ref=self.case.ref, party=FIRST))

    def own_acts(self, offers: Offers) -> Offers:
        """Return no moves, since a partner system only records those of its person."""
        return {}

    def concerns(self, run: Running) -> bool:
        """Return whether a deadline is the person's, without the talks, the agreement and its obligations."""
        return self.person.concerns(run)


def reader_of(dossier: Dossier, now: datetime, caller: Caller) -> PartyReader | Partner | Staff:
    """Return the reader for a caller: party, staff or partner."""
    kind = PartyReader if caller.party else Staff if caller.roles & STAFF else Partner
    return kind(dossier, now, caller)


def shows(move: str) -> Shows:
    """Return what parties see of an entry of this move. A move for staff only discloses nothing of its
    own."""
    return MOVES[move].shows or Shows()


def side_of(line: Facts, facts: Facts) -> Side | None:
    """Return the side that an entry speaks for, as staff named it or by its author; None for staff."""
    role = Role[line["role"].upper()]
    if "side" in facts or role is Role.BUSINESS_REP:
        # the fact names a side, or a person on it
        return Side.BUSINESS if facts.get("side", BUSINESS) == BUSINESS else Side.CONSUMER
    return Side.CONSUMER if role & (Role.PARTY | Role.PARTNER) else None
