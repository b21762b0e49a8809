"""The view of a case for one party. It has their own content and what is common to all, but nothing of
another person."""

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
"""The id of the person who made the complaint. Only this person and their agents see its words."""
SEEN: Mapping[Reading, frozenset[str]] = {
    reading: frozenset(name for name, declared in DEADLINES.items() if reading in declared.seen_by)
    for reading in EVERYONE
}
"""The names of the deadlines that each group of outside readers sees."""
Facts = Mapping[str, Any]


@frozen
class PartyReader(Reader):
    """A case as one party sees it. The party acts for themselves or for a principal, whom they represent."""

    caller: Caller

    @property
    def party(self) -> Party:
        """Return the party who reads."""
        return self.case.party(self.caller.party)

    @property
    def whose(self) -> Party:
        """Return the principal: the person whom the reader represents, or else the reader."""
        return self.case.party(self.party.represents) if self.party.represents else self.party

    @property
    def principal(self) -> str:
        """Return the principal's id. For the company's representative that is `business`."""
        return self.case.stands_for(self.party.id)

    @cached_property
    def circle(self) -> frozenset[str]:
        """Return the ids of the principal and of all their agents, past ones too."""
        return circle_of(self.case, self.whose.id)

    @cached_property
    def others(self) -> frozenset[str]:
        """Return the ids of all people on the case outside the principal's circle."""
        return frozenset(party.id for party in self.case.parties) - self.circle

    @property
    def company(self) -> bool:
        """Return whether the reader represents the company. They see only what the case shows to the
        company."""
        return self.party.side == Side.BUSINESS

    @property
    def authorised(self) -> bool:
        """Return whether the party may see the case. A representative may once their authority was checked,
        and until it ends. A party who used number and passphrase may not."""
        return may_read(self.case, Thing.TIMELINE, self.caller, self.now)

    @property
    def first(self) -> bool:
        """Return whether the principal is the person who filed the complaint, so that its words are
        theirs."""
        return self.whose.id == FIRST

    @cached_property
    def since(self) -> int:
        """Return the number of the entry with which the principal joined the case; 0 if they were there from
        the start. Earlier entries are not shown to them."""
        return self.dossier.last(join_case, fits=lambda line: line["facts"].get("party") == self.whose.id)

    @cached_property
    def statements(self) -> Mapping[int, tuple[int, bool]]:
        """Return the entries that make or share a statement, by their number. Each value is the entry with
        the words, and whether the other side sees them."""
        found, own = {}, {}
        for n, (line, _) in self.dossier.of(state_position, share_statement):
            facts = line["facts"]
            if line["move"] == state_position.__name__:
                own[facts["statement"]] = n
                found[n] = n, bool(facts.get("share"))
            # statement ids start again in each talks: `own` has the newest statement with this id
            elif said := own.get(facts["statement"]):
                found |= {said: (said, True), n: (said, True)}
        return found

    def sees(self, n: int, move: str, line: Facts, facts: Facts) -> bool:
        """Return whether the party may see entry `n` of the timeline, because it is theirs or common to all.
        `move`, `line` and `facts`: the move of the entry, its parsed line, and its facts. A statement belongs
        to one side; the other side sees it once it is shared."""
        if MOVES[move].confided and self.caller.roles & Role.PARTNER:
            return False
        # feedback is only for its author and the person it is about, and no representative of theirs
        if MOVES[move].confided == "uninvolved":
            return self.mine(move, line, facts) or facts["party"] == self.party.id
        if move in move_names(state_position, share_statement):
            # without a place in `statements`, only the side that made it sees it
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
        """Return the obligation that an entry with these facts is about, if the principal is its debtor or
        creditor. Both may follow it. Return None for any other entry."""
        return next((o for o in self.visible_obligations() if o.id == facts.get("obligation")), None)

    def is_own_statement(self, line: Facts, facts: Facts) -> bool:
        """Return whether the words of an entry are the principal's own. For the company, all words of its
        side are. For a complainant, only their own are. The reason for not signing a text belongs to those
        who did not sign, even if an officer recorded it."""
        if "missing" in line["facts"]:
            return self.principal in line["facts"]["missing"]
        side = side_of(line, facts)
        if self.company or side == Side.BUSINESS:
            return self.company and side == Side.BUSINESS
        return (
            facts.get("party") or (line["who"] if Role[line["role"].upper()] & Role.C else FIRST)
        ) in self.circle

    def hears(self, move: str, line: Facts, facts: Facts) -> bool:
        """Return whether the party may also read the words of an entry that they see. Partner systems may not
        read the words of talks and agreements."""
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
        """Return the side of the creditor of the obligation that an entry with these facts is about. What
        staff record about it, they record for that side."""
        owed = next((o for o in self.case.obligations if o.id == facts.get("obligation")), None)
        return Side.BUSINESS if owed and owed.to == BUSINESS else Side.CONSUMER

    def facts(self, move: str, line: Facts, facts: Facts) -> Facts:
        """Return the facts of an entry that the party may know. Of an entry of the talks, only the declared
        facts are shown. Of a settlement for several people, only the principal's share is."""
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
        """Return the people who have not signed (`ids`) as the reader may know them. The principal, the
        company and the mediator keep their ids. Any other complainant is only "consumer"."""
        return list(
            dict.fromkeys(
                id if id in (self.principal, BUSINESS, MEDIATOR) else str(Side.CONSUMER) for id in ids
            )
        )

    def who(self, line: Facts) -> str:
        """Return the actor of an entry. For an actor of the other side, return only the side."""
        side = side_of(line, {})
        return side if side and side != self.party.side else str(line["who"])

    def made_by(self, move: str, line: Facts, facts: Facts) -> str | None:
        """Return the id of the party who made an entry, or whom alone it concerns. Return None for an entry
        of staff that concerns all, and "" if the party is no longer known."""
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
        """Return whether the party themselves took the move of an entry."""
        if move in move_names(submit, join_case, leave_case):
            return (
                line["role"] in ("consumer", "representative")
                and self.made_by(move, line, facts) == self.party.id
            )
        return bool(Role[line["role"].upper()] & Role.PARTY) and line["who"] == self.party.id

    @property
    def good_answer(self) -> bool:
        """Return whether the answer is good for the principal: it promises them something, or upholds every
        matter. Only then does the page suggest that they accept it."""
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
        """Return whether the letter with the key `letter` still waits for a reply of this party."""
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
        """Return the names of the deadlines that a reader of this kind sees."""
        if self.caller.roles & Role.PARTNER:
            return SEEN["partner"]
        return SEEN["company" if self.company else "consumer"]

    def concerns(self, run: Running) -> bool:
        """Return whether the party sees this running deadline, because it is the principal's or common to
        all."""
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
        """Return whether an act of this party is expected before the end of a deadline that they see. It is
        for a window of theirs, unless that only gives them a right, and for an obligation."""
        # Nothing is expected of a party after a decline, or after an answer that gives them nothing: the
        # window may simply end.
        given = self.case.stage == Stage.ANSWERED and self.good_answer
        declared = DEADLINES[run.name]
        right = declared.right or (run.name == "answer_window" and not given)
        of_sides = declared.of_promise or declared.answers_for is Side.BUSINESS
        return run.id not in {*Side} - {self.party.side} and not right and (not run.duty or of_sides)

    def own_acts(self, offers: Offers) -> Offers:
        """Return those of the available moves (`offers`) that may be expected of this party. Several moves
        can answer one deadline. If an agent has no power for the preferred one, the others are left out too.
        So an agent who may refuse a text, but not sign it, is not urged to refuse."""
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
        """Return whether this party may use a power for the principal. A party who represents nobody has
        every power."""
        return not self.party.represents or power in self.party.powers

    def lapse(self, move: Take, at: datetime | None, **facts: Any) -> str:
        """Return the stage of the case after the clock takes `move` at the end of a window. The move is only
        tried, and nothing is saved. `at`: the moment; None: now. Return `shielded` if the window may not
        close the case, since an officer looks at it first."""
        act = Act(Role.CLOCK.code, Role.CLOCK, at or self.now, "", "")
        done = move(self.case, act, **facts)
        stage = (done.case if isinstance(done, Done) else done).stage
        return "shielded" if self.case.shielded and stage == Stage.CLOSED else str(stage)

    def agents(self) -> list[Party]:
        """Return the principal's agents, whether or not their authority was checked."""
        return [party for party in self.case.parties if party.represents == self.whose.id and not party.left]


@frozen
class Partner(Reader):
    """A case as the partner system sees it that filed the case for its first person. The partner system sees
    nothing that passes between the two sides."""

    caller: Caller

    def visible_obligations(self) -> list[Obligation]:
        """Return no obligations, since partner systems see none."""
        return []

    @cached_property
    def person(self) -> PartyReader:
        """Return the reader that sees the case as the partner system's own person does, with the limits of a
        partner system."""
        return PartyReader(self.dossier, self.now, replace(self.caller, ref=self.case.ref, party=FIRST))

    def own_acts(self, offers: Offers) -> Offers:
        """Return no moves. Partner systems only record moves of their person, so none is expected of them."""
        return {}

    def concerns(self, run: Running) -> bool:
        """Return whether the deadline is shown to the partner system's person. Talks, agreement and
        obligations are left out."""
        return self.person.concerns(run)


def reader_of(dossier: Dossier, now: datetime, caller: Caller) -> PartyReader | Partner | Staff:
    """Return the reader of a case for this caller: a party, staff, or a partner system."""
    kind = PartyReader if caller.party else Staff if caller.roles & STAFF else Partner
    return kind(dossier, now, caller)


def shows(move: str) -> Shows:
    """Return what parties see of entries of this move. For a move that is hidden from parties, the result
    shows nothing."""
    return MOVES[move].shows or Shows()


def side_of(line: Facts, facts: Facts) -> Side | None:
    """Return the side for which an entry speaks. It is the side that staff named, or else that of its author;
    None for an entry of staff without a side."""
    role = Role[line["role"].upper()]
    if "side" in facts or role is Role.BUSINESS_REP:
        # `side` holds "business", "consumer", or the id of a complainant
        return Side.BUSINESS if facts.get("side", BUSINESS) == BUSINESS else Side.CONSUMER
    return Side.CONSUMER if role & (Role.PARTY | Role.PARTNER) else None
