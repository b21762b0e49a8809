"""The view of a case for one party. It contains what is the party's own and what is common to all. It
contains nothing of another person."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from functools import cached_property
from typing import Any

from chalicelib.access.authorization import STAFF, Caller, Thing, may_read
from chalicelib.access.offers import Offers
from chalicelib.cases.dossier import Dossier
from chalicelib.domain.concerned import FIRST, concerned
from chalicelib.domain.engine.deadlines import spoken_for
from chalicelib.domain.engine.declare import MOVES, Done, Shows, Take, move_names
from chalicelib.domain.engine.lateness import announced_to
from chalicelib.domain.engine.running import DEADLINES, EVERYONE, Reading, Running
from chalicelib.domain.frozen import frozen, replace
from chalicelib.domain.model.case import Act, Party
from chalicelib.domain.model.case_records import BUSINESS, MEDIATOR
from chalicelib.domain.model.codes import Conclusion, Ending, Power, Role, Side, Stage
from chalicelib.domain.model.letters import key_of, letter_key, letter_of, subject_of
from chalicelib.domain.model.obligation import Obligation
from chalicelib.domain.moves.assignment import ask_handler_change
from chalicelib.domain.moves.dispute import share_statement, state_position
from chalicelib.domain.moves.intake import submit
from chalicelib.domain.moves.investigation import tested
from chalicelib.domain.moves.joint import appoint_joint_representatives, join_case, leave_case
from chalicelib.domain.moves.parties import circle_of
from chalicelib.view.obligation import Totals, totals
from chalicelib.view.reader import Reader
from chalicelib.view.staff import Staff

SEEN: Mapping[Reading, frozenset[str]] = {
    reading: frozenset(name for name, declared in DEADLINES.items() if reading in declared.seen_by)
    for reading in EVERYONE
}
"""The names of the deadlines that each group of outside readers sees. The key is the group: "consumer",
"company" or "partner"."""


Facts = Mapping[str, Any]


@frozen
class PartyReader(Reader):
    """A case as one party sees it. Parties can act for another person. The principal is that person; if there
    is none, it is the party."""

    caller: Caller

    @cached_property
    def party(self) -> Party:
        """Return the party who reads the case."""
        return self.case.party(self.caller.party)

    @cached_property
    def whose(self) -> Party:
        """Return the principal: the person whom the reader represents, or else the reader."""
        return self.case.party(self.party.represents) if self.party.represents else self.party

    @cached_property
    def principal(self) -> str:
        """Return the id under which obligations and signatures count for the reader. For the company's
        representative it is "business". For a representative of a complainant it is the id of the
        complainant. For any other party it is their own id."""
        return self.case.stands_for(self.party.id)

    @cached_property
    def circle(self) -> frozenset[str]:
        """Return the ids of the principal and of everybody who represents or has represented the
        principal."""
        return circle_of(self.case, self.whose.id)

    @cached_property
    def others(self) -> frozenset[str]:
        """Return the ids of all people on the case who are neither the principal nor a representative of the
        principal."""
        return frozenset(party.id for party in self.case.parties) - self.circle

    @property
    def company(self) -> bool:
        """Return whether the reader represents the company. Such a reader sees only what is meant for the
        company."""
        return self.party.side == Side.BUSINESS

    @cached_property
    def authorised(self) -> bool:
        """Return whether the party may see the case. A representative may if their authority is checked and
        has not ended. A party who opened the case with number and passphrase may not."""
        return may_read(self.case, Thing.TIMELINE, self.caller, self.now)

    @property
    def first(self) -> bool:
        """Return whether the principal filed the complaint, and so may read its words."""
        return self.whose.id == FIRST

    @cached_property
    def since(self) -> int:
        """Return the number of the entry with which the principal joined the case. Return 0 if they were on
        it from the start. The party does not see earlier entries."""
        return self.dossier.last(join_case, fits=lambda line: line["facts"].get("party") == self.whose.id)

    @cached_property
    def statements(self) -> Mapping[int, tuple[int, bool]]:
        """Return the entries in which a statement is made or shared. The key is the number of the entry. The
        value is the number of the entry with the words of the statement, and whether the other side may read
        them."""
        found, own = {}, {}
        for n, (line, _) in self.dossier.of(state_position, share_statement):
            facts = line["facts"]
            if line["move"] == state_position.__name__:
                own[facts["statement"]] = n
                found[n] = n, bool(facts.get("share"))
            # Ids of statements start again with new talks, so `own` keeps the newest statement with each id.
            elif said := own.get(facts["statement"]):
                found |= {said: (said, True), n: (said, True)}
        return found

    def sees(self, n: int, move: str, line: Facts, facts: Facts) -> bool:
        """Return whether the party may see entry `n` of the timeline. They may if it is their own or common
        to all. `move`, `line`, `facts`: the name of the entry's move, its parsed line, and its facts.

        A statement in the talks belongs to one side. The other side sees it only when it was shared.
        """
        if MOVES[move].confided and self.caller.roles & Role.PARTNER:
            return False
        # Feedback is shown only to its author and to the person whom it concerns, not to representatives.
        if MOVES[move].confided == "uninvolved":
            return self.mine(move, line, facts) or facts["party"] == self.party.id
        if move in move_names(state_position, share_statement):
            # If entry `n` is missing in `statements`, only the side that made it sees it.
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
        """Return the obligation that an entry is about, if the principal is its debtor or creditor. Return
        None for any other entry. `facts`: the facts of the entry."""
        return next((o for o in self.visible_obligations() if o.id == facts.get("obligation")), None)

    def is_own_statement(self, line: Facts, facts: Facts) -> bool:
        """Return whether the words of an entry are the principal's own. For the company, these are the words
        of anybody on its side. For a complainant, they are the words of the complainant or of a
        representative. `line`, `facts`: the parsed line of the entry, and its facts.

        The reason why a text was not signed belongs to those who did not sign it, even if an officer recorded
        it.
        """
        if "missing" in line["facts"]:
            return self.principal in line["facts"]["missing"]
        side = side_of(line, facts)
        if self.company or side == Side.BUSINESS:
            return self.company and side == Side.BUSINESS
        return (
            facts.get("party") or (line["who"] if Role[line["role"].upper()] & Role.C else FIRST)
        ) in self.circle

    def hears(self, move: str, line: Facts, facts: Facts) -> bool:
        """Return whether the party may also read the words of an entry that they may see. `move`, `line`,
        `facts`: the name of the entry's move, its parsed line, and its facts. A partner system may not read
        the words of talks or agreements."""
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
        """Return the side of the creditor of the obligation that an entry is about. An entry of staff about
        an obligation counts as an entry of this side. `facts`: the facts of the entry."""
        owed = next((o for o in self.case.obligations if o.id == facts.get("obligation")), None)
        return Side.BUSINESS if owed and owed.to == BUSINESS else Side.CONSUMER

    def facts(self, move: str, line: Facts, facts: Facts) -> Facts:
        """Return the facts of an entry that the party may know. `move`, `line`, `facts`: the name of the
        entry's move, its parsed line, and all its facts.

        If the entry belongs to the talks, only the facts in the declaration of the move are included. If it
        offers remedies to several people, only those of the principal are included.
        """
        entry = shows(move)
        facts = {name: had for name, had in facts.items() if name not in entry.hides}
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
        """Return the people with these ids as the reader may know them. The ids of the principal, the company
        and the mediator stay. Anybody else is only "consumer"."""
        return list(
            dict.fromkeys(
                id if id in (self.principal, BUSINESS, MEDIATOR) else str(Side.CONSUMER) for id in ids
            )
        )

    def who(self, line: Facts) -> str:
        """Return the id of the person who made an entry. For a person of the other side, return only the name
        of that side. `line`: the parsed line of the entry."""
        side = side_of(line, {})
        return side if side and side != self.party.side else str(line["who"])

    def made_by(self, move: str, line: Facts, facts: Facts) -> str | None:
        """Return what `concerned` returns for an entry of this case."""
        return concerned(self.case, move, line, facts)

    def mine(self, move: str, line: Facts, facts: Facts) -> bool:
        """Return whether the party took the move of an entry in person. `move`, `line`, `facts`: the name of
        the entry's move, its parsed line, and its facts."""
        if move in move_names(submit, join_case, leave_case):
            return (
                line["role"] in ("consumer", "representative")
                and self.made_by(move, line, facts) == self.party.id
            )
        return bool(Role[line["role"].upper()] & Role.PARTY) and line["who"] == self.party.id

    def objects(self, move: str) -> bool:
        """Return whether the move is an objection to a member of the panel. The move `ask_handler_change` is
        such an objection while a reconsideration is pending."""
        return move == ask_handler_change.__name__ and self.case.place == Stage.UNDER_RECONSIDERATION

    def reads_letter(self, row: Facts) -> bool:
        """Return whether the party may read a letter. They may if it is their own, or if it was sent to the
        principal or to another reader for the principal, except for letters that only their recipient
        reads. `row`: the row of the letter."""
        kind, _, to = row["to"].partition(":")
        return kind == "party" and (
            to == self.party.id or (self.authorised and to in self.circle and not letter_of(row["name"]).own)
        )

    @property
    def good_answer(self) -> bool:
        """Return whether the answer gives the principal something. It does if it creates an obligation to the
        principal, or upholds every matter. Only then do pages suggest accepting it."""
        report = self.case.answer
        return report is not None and (
            any(owed.open and owed.to == self.principal for owed in self.visible_obligations())
            or {*report.conclusions.values()} == {Conclusion.UPHELD}
        )

    @property
    def totals(self) -> Totals:
        """Return the sum that the principal still has to pay, and the sum that the principal still gets."""
        return totals(self, (o for o in self.visible_obligations() if o.open))

    def awaits_reply(self, letter: str) -> bool:
        """Return whether a letter still waits for a reply from this party. `letter`: the key of the
        letter."""
        name, about, _ = key_of(letter)
        if letter_of(name).of_both and self.caller.roles & Role.PARTNER:
            return False
        if name == "absence_asked":
            missed = self.case.talks.mediation.absences if self.case.talks.mediation else ()
            return any((a.letter, a.side, a.good) == (letter, self.party.side, None) for a in missed)
        if name == "minutes":
            return (about == letter_key(subject_of(about), BUSINESS)) == self.company
        if name == "appraisal_proposal" and (self.company or about == BUSINESS):
            return self.company and about == BUSINESS
        if self.company:
            return letter_of(name).of_both
        if letter == "joint_consent":
            return self.case.together.proposal is not None and self.whose.consents is None
        if letter == "appraisal_proposal":
            return tested(self.case, self.party)
        if name == "forward_proposed":
            return any(one.id == about and one.party == self.whose.id for one in self.case.forwards)
        if letter == "authority_request":
            return any(
                p.id in self.circle and p.represents and not p.checked and not p.left
                for p in self.case.parties
            )
        return True

    @property
    def told_runs(self) -> Collection[str]:
        """Return the names of the deadlines that the reader's group sees: that of the complainants, the
        company or a partner system."""
        if self.caller.roles & Role.PARTNER:
            return SEEN["partner"]
        return SEEN["company" if self.company else "consumer"]

    def concerns(self, run: Running) -> bool:
        """Return whether the party sees this deadline run. They see it if it is the principal's own or common
        to all."""
        if run.name not in self.told_runs:
            return False
        if DEADLINES[run.name].of_promise:
            return any(o.id == run.id for o in self.visible_obligations())
        if DEADLINES[run.name].lateness:
            whose = "" if self.whose.side == Side.CONSUMER else self.principal
            return not {whose, self.principal}.isdisjoint(announced_to(self.case, run))
        if run.name == "party_reply":
            return self.awaits_reply(run.id)
        if run.name in ("challenge", "signing", "survey", "opinion"):
            return self.own(run)
        if run.name in ("forward_sending", "forward_confirmation"):
            return any(one.id == run.id and one.party == self.whose.id for one in self.case.forwards)
        if DEADLINES[run.name].of_one and self.others:
            by = next(
                (w.by for w in (*self.case.messages, self.case.handler_change) if w and w.id == run.id), ""
            )
            return (by if by in self.others | self.circle else FIRST) in self.circle
        return True

    def must_answer(self, run: Running) -> bool:
        """Return whether the party is expected to act before the end of a deadline run that they see. An act
        is expected for an obligation, and in a window of the party. No act is expected in a window that only
        gives a right."""
        # A party may let the window end after a decline, or after an answer that gives them nothing.
        given = self.case.stage == Stage.ANSWERED and self.good_answer
        declared = DEADLINES[run.name]
        right = declared.right or (run.name == "answer_window" and not given)
        if run.name == "offer" and self.past(run.due):
            return False  # an offer that is over has no answer, although this side can make a new one
        of_sides = declared.of_promise or declared.answers_for is Side.BUSINESS
        return run.id not in {*Side} - {self.party.side} and not right and (not run.duty or of_sides)

    def own_acts(self, offers: Offers) -> Offers:
        """Return those of the available moves (`offers`) that may be expected of this party.

        To replace the people who speak for a joint case is possible, but not expected.

        Several moves can answer one deadline. If a representative lacks the power for the move with the
        lowest rank, none of the moves is included. So a representative who may refuse a text, but not sign
        it, is not urged to refuse it.
        """
        replacing = appoint_joint_representatives.__name__
        if replacing in offers and spoken_for(self.case):
            offers = {name: about for name, about in offers.items() if name != replacing}
        if not self.party.represents:
            return offers
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
        """Return whether this party may use `power` for the principal. A party who represents nobody has
        every power."""
        return not self.party.represents or power in self.party.powers

    def lapse(self, move: Take, at: datetime | None, **facts: Any) -> str:
        """Return the stage to which the case goes if the clock takes the move `move` at the end of a window.
        The move is only tried, and nothing is saved. `at`: when the window ends; None means now. `facts`: the
        facts of the move.

        Return "shielded" if the case would be closed but the clock may not close it, because an officer must
        look at it first.
        """
        act = Act(Role.CLOCK.code, Role.CLOCK, at or self.now, "", "")
        done = move(self.case, act, **facts)
        stage = (done.case if isinstance(done, Done) else done).stage
        return "shielded" if self.case.shielded and stage == Stage.CLOSED else str(stage)

    def agents(self) -> list[Party]:
        """Return the people who represent the principal now. Their authority may be unchecked."""
        return [party for party in self.case.parties if party.represents == self.whose.id and not party.left]


@frozen
class Partner(Reader):
    """The reader for a partner system, which filed the complaint for one person. It sees nothing of what the
    two sides say to each other. With the person's consent it also reads what `shared` says."""

    caller: Caller

    @property
    def shared(self) -> PartyReader | None:
        """Return the party reader with whose eyes the partner system reads the complaint, our answer and our
        promises. Return None without the person's consent."""
        return self.person if self.case.partner_reads else None

    def visible_obligations(self) -> list[Obligation]:
        """Return an empty list, because partner systems see no obligations."""
        return []

    @cached_property
    def person(self) -> PartyReader:
        """Return the party reader for the complainant whose complaint the partner system filed. The reader
        has the limits of a partner system."""
        return PartyReader(self.dossier, self.now, replace(self.caller, ref=self.case.ref, party=FIRST))

    def own_acts(self, offers: Offers) -> Offers:
        """Return no moves. Partner systems only record moves of their person, so no act is expected of a
        partner system."""
        return {}

    def concerns(self, run: Running) -> bool:
        """Return whether the partner system sees this deadline run. It sees what its person sees, without
        deadlines of talks, agreements and obligations."""
        return self.person.concerns(run)


def reader_of(dossier: Dossier, now: datetime, caller: Caller) -> PartyReader | Partner | Staff:
    """Return the reader for this caller: a PartyReader for a party, Staff for staff or a mediator, and
    otherwise a Partner."""
    kind = PartyReader if caller.party else Staff if caller.roles & STAFF else Partner
    return kind(dossier, now, caller)


def shows(move: str) -> Shows:
    """Return what parties see of the entries of the move named `move`. If parties do not see such entries,
    the result shows nothing."""
    return MOVES[move].shows or Shows()


def side_of(line: Facts, facts: Facts) -> Side | None:
    """Return the side for which an entry speaks. If staff made the entry, it is the side that they named;
    None if they named none. Otherwise it is the side of the author. `line`, `facts`: the parsed line of the
    entry, and its facts."""
    role = Role[line["role"].upper()]
    if "side" in facts or role is Role.BUSINESS_REP:
        # The fact `side` is "business", "consumer", or the id of a complainant, which means "consumer".
        return Side.BUSINESS if facts.get("side", BUSINESS) == BUSINESS else Side.CONSUMER
    return Side.CONSUMER if role & (Role.PARTY | Role.PARTNER) else None
