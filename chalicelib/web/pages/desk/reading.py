"""A case as staff read it. This module writes names, facts and words as text. The type of a value decides how
the value is written."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import date, datetime
from functools import cached_property
from types import SimpleNamespace
from typing import Any

from chalicelib.access.authorization import Caller, ReaderRole, closed_to
from chalicelib.access.offers import Offers
from chalicelib.cases.dossier import Dossier
from chalicelib.delivery.correspondence import Script
from chalicelib.domain import scrub
from chalicelib.domain.assigning import NextFree
from chalicelib.domain.calendar import instant
from chalicelib.domain.conceal import concealed
from chalicelib.domain.engine.declare import MOVES, fact_type
from chalicelib.domain.engine.grounds import refuse_groundless
from chalicelib.domain.engine.overtaken import overtaken, unsent, waiting_calls
from chalicelib.domain.engine.running import Running
from chalicelib.domain.frozen import frozen, replace
from chalicelib.domain.model.case import Case, Refusal
from chalicelib.domain.model.case_records import (
    MEDIATOR,
    Approval,
    CallTask,
    Counted,
    Matter,
    RateChange,
    UndoneAct,
)
from chalicelib.domain.model.codes import Role, Side, Way
from chalicelib.domain.model.field_marks import Names
from chalicelib.domain.moves.approvals import approve
from chalicelib.domain.moves.call_tasks import shown_text
from chalicelib.domain.moves.forwarding import record_forward, refer_outside
from chalicelib.domain.moves.intake import Account, Person, submit
from chalicelib.domain.moves.investigation import ask_department
from chalicelib.domain.policy import Step
from chalicelib.domain.reference import shown
from chalicelib.domain.roster import Roster
from chalicelib.locale import formats
from chalicelib.view.contact import contact_view
from chalicelib.view.deadlines import extension_of
from chalicelib.view.inquiry import questions
from chalicelib.view.people import PersonView, people
from chalicelib.view.staff import Staff
from chalicelib.view.timeline import VisibleEntry, staff_entry
from chalicelib.web import filing
from chalicelib.web.forms import word
from chalicelib.web.forms.choices import letter_called
from chalicelib.web.forms.form_context import Seen, matter_called, obligation_called
from chalicelib.web.forms.shapes import parts, section, shape
from chalicelib.web.pages import file_list, say
from chalicelib.web.pages.desk import effect
from chalicelib.web.problems import sentence
from chalicelib.wiring import Product

GIST = 60
"""The highest number of characters of the first words of an entry."""
SILENT = frozenset(
    {
        "run",
        "step",
        "heads",
        "waited_s",
        "early",
        "again",
        "review",
        "asked",
        "asked_in",
        "id",
        "rules",
        "approval",
        "telling",
        "whose",
        "proposal",
        "released",
        "code",
        "look",
        "mentions",
    }
)
"""The names of facts that no page shows, because only our own software needs them."""
BY_OTHERS = ("own_request", "approver_level")
"""The codes of refusals of an approval that another person can give."""
NUMBERED = frozenset({"obligation", "evidence"})
"""The kinds of things of which a list shows only the ids. A list of other things shows names."""
Line = tuple[str, list[str]]
"""A labelled line: a label, and the lines of text that belong to it."""


@frozen
class Reading:
    """A case as the caller may see it now, with the functions that write it as text in one language.

    `revealed`: the parts of the page whose masked details the caller had revealed; None on a page that cannot
    reveal any. A part is the id of a person, the number of an entry, the name of a group of items, or the id
    of a letter."""

    dossier: Dossier
    caller: Caller
    language: str
    product: Product
    revealed: Collection[str] | None = None

    @cached_property
    def now(self) -> datetime:
        """Return the time (UTC) at which the page is built. It stays the same for the whole page."""
        return self.product.now()

    @cached_property
    def roster(self) -> Roster:
        """Return the roster of staff and mediators."""
        return self.product.file.roster()

    @cached_property
    def case(self) -> Case:
        """Return the present state of the case, without what the caller may not know."""
        return self.reader.head

    @cached_property
    def reader(self) -> Staff:
        """Return the view of the case for staff, which decides what the caller may see."""
        return Staff(self.dossier, self.now, self.caller)

    @cached_property
    def offers(self) -> Offers:
        """Return the moves that the caller can take now. The key is the name of the move. The value holds the
        ids of the things on which the move can be taken, such as obligations. The value is empty for a move
        that is not taken on a thing."""
        dossier = replace(self.dossier, case=self.case)
        return self.product.casework.offered(dossier, self.caller, lambda: self.refusing)

    @cached_property
    def masked(self) -> set[str]:
        """The parts of the page in which a detail is masked, as far as the page has been written."""
        return set()

    def mask(self, text: str, part: str) -> str:
        """Return a text with masks over identity numbers, numbers of bank cards, and street addresses, unless
        the caller had them revealed. `part`: the part of the page in which the text stands."""
        if part in (self.revealed or ()):
            return text
        shown = concealed(text, self.language)
        if shown != text:
            self.masked.add(part)
        return shown

    @cached_property
    def closed(self) -> ReaderRole | None:
        """Return the role in which the caller may know that the case exists, but may not read it. Return None
        if the caller may read the case."""
        return closed_to(self.dossier.case, self.caller)

    @property
    def question_only(self) -> bool:
        """Return whether the caller sees only a question to their department, and nothing else of the
        case."""
        return self.closed is ReaderRole.DEPARTMENT

    @property
    def seen(self) -> Seen:
        """Return what the caller may see in forms. Names and addresses are left out if the caller may not
        know the people."""
        rows = self.dossier.people.items() if self.reader.known else ()
        company = (
            str(dict(rows).get(self.case.business.id, {}).get("email") or "") if self.case.business else ""
        )
        return Seen(
            {id: row["name"] for id, row in rows if row.get("name")},
            self.gist,
            self.now,
            teams=self.caller.teams,
            company=company,
            tells=self.tells,
            said=self.reader.words,
            who=self.caller.who,
            shown=self.shown_texts,
            earlier=lambda: self.earlier if self.reader.known else (),
            handled=lambda: {*self.product.casework.handled(self.case), self.caller.who},
        )

    @property
    def consumers(self) -> str:
        """Return the names of the complainants as text."""
        return self.words_of("comma").join(self.name(party.id) for party in self.case.consumers)

    @cached_property
    def next_owners(self) -> list[NextFree | None]:
        """Return the next free person of the case's team, if the clock assigns the case. The list is empty
        for any other case."""
        return [found for _, found in self.product.casework.next_owners([self.case])]

    @cached_property
    def earlier(self) -> list[Case]:
        """The earlier complaints of the same consumers."""
        return self.product.casework.earlier(self.case)

    def gist(self, n: int) -> str:
        """Return the first words of entry `n`, masked. Return an empty string if the caller may not read
        them."""
        line, words = self.dossier.entry(n)
        seen = (self.reader.known or self.question_only) and self.reader.reads(line)
        gists = MOVES[line["move"]].gists if seen and line["move"] in MOVES else ()
        said = next((words[name] for name in gists if name in words), "")
        text = str(said["story"] if isinstance(said, Mapping) else said)
        return first_words(concealed(text, self.language))

    def bound(self, id: str) -> str:
        """Return the name of a party to an agreement. `id`: the id of a person on the case, BUSINESS for the
        trader, or MEDIATOR."""
        case = self.case
        if id == MEDIATOR and case.mediator:
            return f"{self.name(case.mediator)} · {self.label(Role.MEDIATOR.code, 'role')}"
        return self.label(id, "side") if id in list(Side) else self.name(id)

    def questions(self) -> list[dict[str, Any]]:
        """Return the open questions to the caller's departments. Each has the question, the papers asked for,
        and the due date. Return an empty list for a caller who may read the whole case."""
        return [
            {
                "id": one.id,
                "department": self.team(one.department),
                "at": one.at,
                "due": one.by,
                "words": self.labelled_words(ask_department.__name__, one.said),
            }
            for one in (questions(self.reader, own=True) if self.question_only else ())
        ]

    def labelled_words(self, move: str, words: Mapping[str, Any]) -> list[Line]:
        """Return the words of a move as labelled lines. `words`: the words, by name. The caller of this
        function must check whether the reader may read them."""
        return [
            (self.called(move, name), self.value_lines(name, fact_type(move, name), words[name]))
            for name in self.in_order(move, words)
        ]

    def in_order(self, move: str, names: Iterable[str]) -> list[str]:
        """Return the names of facts or words in the order of the move's parameters. Names that the engine
        added come last. For an unknown move, the order is unchanged."""
        asked = list(MOVES[move].parameters) if move in MOVES else []
        return sorted(names, key=lambda name: asked.index(name) if name in asked else len(asked))

    def head(self) -> list[Line]:
        """Return the summary of the case, as labelled lines."""
        case, owner = self.case, self.name(self.case.owner) if self.case.owner else self.words_of("nobody")
        wanted = (
            [formats.money(self.language, case.intake.wish_amount)]
            if case.intake.wish_amount is not None
            else []
        )
        bought = {
            "subject_kind": case.intake.subject.kind,
            "goods_class": case.intake.subject.goods_class,
            "service_class": case.intake.subject.service_class,
        }
        change = case.handler_change
        said = {
            "outcome": [self.label(case.outcome, "outcome")] if case.outcome else [],
            "owner": [owner],
            "team": [self.team(case.team)],
            "channel": [self.label(case.channel, "channel")],
            "received_at": [self.moment(case.received_at)],
            "recorded_at": [self.moment(case.recorded_at)] if case.recorded_at != case.received_at else [],
            "severity": [self.label(case.severity, "severity")] if case.severity else [],
            "hurt": [self.label(case.intake.hurt, "hurt")],
            "filed_as": [self.label(case.intake.filed_as, "filed_as")] if case.reports else [],
            "wishes": [*(self.label(wish, "wish") for wish in case.intake.wishes), *wanted],
            "subject": [self.label(code, listed) for listed, code in bought.items() if code],
            "happened_on": [self.date(case.intake.happened_on)] if case.intake.happened_on else [],
            "happened_until": [self.date(case.intake.happened_until)] if case.intake.happened_until else [],
            "region": [self.label(case.intake.region, "region")] if case.intake.region else [],
            "asked_business": [self.label(case.intake.asked_business, "asked_business")],
            "consents": [self.label(consent, "label") for consent in case.intake.consents],
            "policy": [case.policy],
            "handler_change": [self.moment(change.at)] if change else [],
            "recused": [self.name(who) for who in case.inquiry.recused],
            "goods_back": [self.date(case.inquiry.goods_back)] if case.inquiry.goods_back else [],
            "invited": [shown(case.together.invited)] if case.together.invited else [],
        }
        return [(self.words_of("head", name), lines) for name, lines in said.items() if lines]

    def people(self) -> list[tuple[str, str, list[Line]]]:
        """Return (id, role, labelled lines) for each person on the case. Only staff who handle the case learn
        who the people are. The address is masked."""
        return [
            (
                party.id,
                self.label(party.role.code, "role"),
                [*self.inside(Person, "person", self.covered(party)), *self.place(party)],
            )
            for party in people(self.reader)
        ]

    def covered(self, party: PersonView) -> Mapping[str, Any]:
        """Return what a person told us of themselves, with a mask in place of their address."""
        return {**party.told, "address": self.address(party.id, party.told)} if party.told else {}

    def address(self, id: str, told: Mapping[str, Any]) -> str:
        """Return the address of the person `id`, or a mask in its place. Return "" without an address.
        `told`: what the person told us of themselves."""
        if not told.get("address") or id in (self.revealed or ()):
            return str(told.get("address") or "")
        self.masked.add(id)
        return scrub.mask("address", self.language)

    @cached_property
    def refusing(self) -> frozenset[str]:
        """Return the ids of the people whose e-mail address refuses our letters. The set is empty if the
        caller may not know the people."""
        return self.product.casework.refusing(self.dossier) if self.reader.known else frozenset()

    def place(self, party: PersonView) -> list[Line]:
        """Return labelled lines on a person: their confirmed or new address, whom they represent and with
        which powers, their part in a joint complaint, and when they left."""
        yes_no = {True: self.simple("tick", True), False: self.simple("tick", False)}
        asked = self.case.together.proposal and party.id in {one.id for one in self.case.consumers}
        said = {
            "mail": [self.words_of("person", "refuses")]
            if party.id in self.refusing
            else [self.words_of("person", "confirmed" if party.way == Way.EMAIL else "sms_confirmed")]
            if party.proven
            else [],
            "pending": [*self.pending(party)],
            "first_letter": [self.words_of("person", "first_later", at=self.moment(party.waits))]
            if party.waits and party.waits > self.now
            else [],
            "represents": [self.name(party.represents)] if party.represents else [],
            "powers": [self.label(power, "power") for power in party.powers],
            "until": [self.date(party.until)] if party.until else [],
            "checked": [yes_no[party.checked]] if party.represents else [],
            "speaks": [yes_no[True]] if party.speaks else [],
            "choosing": [*self.choosing(party.id)],
            "own": [shown(party.own)] if party.own else [],
            "left": [self.moment(party.left)] if party.left else [],
            "erased": [
                self.words_of("retention", "destroyed", at=self.moment(part.done))
                if part.done
                else self.words_of("retention", "to_destroy", at=self.moment(part.decided))
                for part in self.case.retention.parts
                if part.of == party.id
            ],
            "consents": [
                self.words_of("person", "silent") if party.consents is None else yes_no[party.consents]
            ]
            if asked
            else [],
        }
        return [(self.words_of("person", name), lines) for name, lines in said.items() if lines]

    def choosing(self, id: str) -> Iterator[str]:
        """Yield texts on a person's part in the open proposal of speakers for a joint complaint."""
        choice = self.case.together.choice
        if choice and id in choice.asked:
            if id in choice.speakers:
                yield self.words_of("person", "named")
            state = "proposes" if id == choice.agreed[0] else "agrees" if id in choice.agreed else "silent"
            yield self.words_of("person", state)

    def pending(self, party: PersonView) -> Iterator[str]:
        """Yield texts on a person's new address that is not confirmed yet, and on how letters reach the
        person until then. Yield nothing if there is no such address."""
        waits = contact_view(party, party.told)
        if waits.new_way and waits.asked_at:
            state = "pending_later" if waits.asked_at > self.now else "pending_asked"
            yield self.words_of(
                "person", state, to=waits.new_address or self.unsaid(), at=self.moment(waits.asked_at)
            )
            yield self.words_of("person", f"until_{waits.letters}")

    def account(self) -> list[Line]:
        """Return the words of the complaint as labelled lines. If they are erased, or hidden from the caller,
        return one line that says so."""
        words = self.reader.words(1)
        if "account" in words:
            unread = [
                (self.words_of("unread", part=filing.part_label(self.language, pointer)), [said])
                for pointer, said in words.get("unread", {}).items()
                if said
            ]
            return [*self.inside(Account, "account", words["account"]), *unread]
        return [(self.called("account", "story"), [self.unsaid()])]

    def runs(self) -> list[Running]:
        """Return the running deadlines. The deadline that ends next comes first. Deadlines that have passed
        and are not our duty come last."""

        def place(run: Running) -> tuple[bool, bool, datetime]:
            ended = run.due is not None and run.due <= self.now and not run.duty
            return ended, run.due is None, run.due or self.now

        return sorted(self.reader.runs(), key=place)

    def moved(self, run: Running) -> str:
        """Return a sentence on why the deadline `run` ends later than planned. Return an empty string if it
        ends as planned."""
        return formats.moved(self.language, SimpleNamespace(due=run.due, moved=extension_of(run)))

    def step(self, step: Step) -> str:
        """Return a text on what happens at `step`, a step of the escalation of a deadline. The text names the
        roles that are informed, the letter that is sent, and the move that the clock takes."""
        said = (
            [
                self.words_of(
                    "step", "tell", who=self.words_of("comma").join(map(self.role, step.tell.split(" + ")))
                )
            ]
            if step.tell
            else []
        )
        said += (
            [self.words_of("step", "letter", letter=self.label(step.consumer, "letter"))]
            if step.consumer
            else []
        )
        here = [move for move in (step.take or "").split(" | ") if move and self.case.stage in MOVES[move].at]
        said += [self.words_of("step.take", move=self.label(move, "move")) for move in here]
        return ("；" if self.language == "zh" else "; ").join(said)

    def role(self, code: str) -> str:
        """Return the label of a role. `code`: the code of the role, or `owner` for the person who handles the
        case."""
        return self.words_of("step", "owner") if code == "owner" else self.label(code, "role")

    @property
    def calls(self) -> tuple[CallTask, ...]:
        """The call tasks whose letters are still true."""
        return waiting_calls(self.case)

    def over(self, telling: CallTask) -> bool:
        """Return whether the time of what a letter says has passed, so that nobody reads it out any more.
        `telling`: the call task."""
        row = self.letter(telling)
        return overtaken(self.case, unsent(row, self.dossier.line(row["entry"])), self.now)

    def script(self, telling: CallTask) -> str:
        """Return the text that an officer reads to a party on the phone. `telling`: the call task. If the
        letter goes by post instead, return the text of the letter to print. Return an empty string if the
        caller may not read the letter, or if it is no longer true."""
        row, correspondence = self.letter(telling), self.product.correspondence
        if not (self.reader.tells(telling) and self.reader.reads_letter(row)) or self.over(telling):
            return ""
        if telling.id not in self.scripts:
            if self.reader.by_post(telling):
                correspondence.printed(self.dossier, row, self.roster, self.now)
            self.scripts[telling.id] = correspondence.script(self.dossier, telling, self.roster, self.now)
        return self.scripts[telling.id].shown

    @cached_property
    def scripts(self) -> dict[str, Script]:
        """The texts of call tasks that this page shows, by the id of the call task."""
        return {}

    def shown_texts(self) -> Iterator[str]:
        """Yield what the form of `record_telling` posts about each text that its page shows."""
        for telling in self.calls:
            if self.script(telling):
                yield shown_text(self.scripts[telling.id].stored, self.now)

    def tried(self, telling: CallTask) -> Iterator[str]:
        """Yield texts on the attempts to call a party. `telling`: the call task. The first text names the
        days on which nobody answered. The next text says that the letter now goes by post. If no channel
        reaches the party, the text says when staff look at the case again."""
        if telling.tries:
            yield self.words_of(
                "telling",
                "tried",
                n=len(telling.tries),
                days=self.words_of("comma").join(map(self.day, telling.tries)),
            )
        if telling.nowhere:
            again = next(
                (
                    run.at
                    for run in self.runs()
                    if run.name == "unreachable" and run.id == telling.id and run.at
                ),
                self.now,
            )
            yield self.words_of("telling", "nowhere", since=self.day(telling.nowhere), again=self.day(again))
        elif self.reader.unreached(telling):
            yield self.words_of("telling", "post")

    def letter(self, telling: CallTask) -> Mapping[str, Any]:
        """Return the stored letter that a call task is about."""
        self.dossier.letters.prefetch(each.id for each in self.case.tellings)
        found = self.dossier.letters.get(telling.id)
        assert found, telling.id
        return found

    def tells(self, telling: CallTask) -> bool:
        """Return whether the caller may take the call task `telling`, which is to read a letter to a party on
        the phone. Only neutral officers may take the call task if its letter repeats what was said in the
        talks."""
        reader = self.reader
        return reader.tells(telling) and (not reader.known or reader.reads_letter(self.letter(telling)))

    def entry(self, n: int, brief: bool = False) -> dict[str, Any]:
        """Return entry `n` of the timeline as data for the template. `brief`: long words are shortened. The
        words of the complaint and of the present report are left out, because the page shows them
        elsewhere."""
        one, asked = staff_entry(self.reader, n, not brief), self.dossier.line(n)["facts"].get("asked")
        entry = {
            **one.line,
            "at": instant(one.line["at"]),
            "waits": isinstance(asked, str),
            "facts": [],
            "words": [],
            "cut": False,
        }
        report = self.case.inquiry.report
        if one.move == submit.__name__:  # the head of the page shows the other facts
            routed = {name: one.facts[name] for name in ("team", "rule") if one.facts.get("rule")}
            return entry | {"facts": [*self.facts(one.move, routed)]}
        if self.reader.unread(one.line) or (report and report.entry == n):
            return entry
        granted = self.facts(one.facts["move"], asked) if isinstance(asked, Mapping) else ()
        return entry | {
            "facts": [*self.facts(one.move, one.facts), *granted],
            "words": self._words_of_entry(one),
            "cut": one.cut,
        }

    def words(self, n: int, brief: bool = False, but: Collection[str] = ()) -> list[Line]:
        """Return what people wrote in entry `n`, as labelled lines. `brief`: long words are shortened. `but`:
        the names of words that are left out. A text replaces words that are erased, and words that the caller
        may not read."""
        return self._words_of_entry(staff_entry(self.reader, n, not brief), but)

    def _words_of_entry(self, one: VisibleEntry, but: Collection[str] = ()) -> list[Line]:
        confided = self.reader.known and not self.reader.reads(self.dossier.line(one.n))
        unsaid = [self.words_of("confided") if confided else self.unsaid()]
        return [
            (
                self.called(one.move, name),
                self.value_lines(name, fact_type(one.move, name), one.words[name])
                if name in one.words
                else unsaid,
            )
            for name in self.in_order(one.move, one.line["words"])
            # a text to sign is left out, because another part of the page shows it as the parties sign it
            if name not in but and (confided or name != "text" or name in MOVES[one.move].parameters)
        ]

    def facts(self, move: str, facts: Mapping[str, Any]) -> Iterator[Line]:
        """Yield the facts of an entry as labelled lines. `move`: the move of the entry. Left out are facts
        without a value, and facts in SILENT. An approval has the facts of the move that it allows."""
        move = facts.get("move", move)
        for name in self.in_order(move, facts):
            value = facts[name]
            if name not in SILENT and (value or value is False):
                yield self.called(move, name), self.value_lines(name, fact_type(move, name), value)

    def against(self, asked: Approval) -> str:
        """Return why a request cannot be approved now: the record no longer shows a fact that its ground
        presupposes, or its time is over. For a reader who could approve it, the approval is tried, and
        nothing is saved. Return "" if it can be approved, or only by others."""
        casework = self.product.casework
        try:
            if approve.__name__ in self.offers:
                said = {"approval": asked.id}
                casework.change(approve.__name__, self.case.ref, self.caller, said, None)
            else:
                refuse_groundless(MOVES[asked.move], self.case, casework.afresh(asked, self.case))
        except Refusal as refusal:
            return "" if refusal.code in BY_OTHERS else sentence(self.language, refusal)
        return ""

    def value_lines(self, name: str, hint: Any, value: Any) -> list[str]:
        """Return a value as lines of text. `name`: the fact that has the value. `hint`: the type of the
        value."""
        if (added := self.added_lines(name, value)) is not None:
            return added
        try:
            kind, inside = shape(hint)
        except TypeError:
            return [str(value)]
        values = value if isinstance(value, (list, tuple)) else [value]
        if kind == "picks" and inside.kind in NUMBERED:
            return [self.words_of("comma").join(value)]
        if isinstance(inside, Names):
            return [self.thing_called(inside.kind, one) for one in values]
        if kind == "each":
            return [
                self.colon(self.matter(int(n)), line)
                for n, item in value.items()
                for line in self.value_lines("", inside, item)
            ]
        if kind == "keyed":
            said = {
                self.label(code, section(inside[0])): self.value_lines("", inside[1], item)
                for code, item in value.items()
            }
            return [self.colon(called, line) for called, lines in said.items() for line in lines]
        if kind in ("one", "many", "ordered"):
            codes = inside[0] if kind == "ordered" else inside
            return [self.label(code, section(codes)) for code in values]
        if kind == "rows":
            return [self.row(inside, item) for item in value]
        if kind == "group":
            return [
                self.colon(called, line) for called, lines in self.inside(hint, name, value) for line in lines
            ]
        if kind == "scale":
            return [self.label(str(value), inside.scale)]
        if kind == "number":
            return [shown(one) for one in values]
        return [self.simple(kind, value)]

    def thing_called(self, kind: str, id: Any) -> str:
        """Return the name of the thing with the id `id`. `kind`: the kind of the thing, such as `obligation`
        (`Names.kind`). Return the id if the thing has no name."""
        match kind:
            case "matter":
                return self.matter(id)
            case "earlier":
                return shown(str(id))
            case "bound" | "signer" | "own_side":
                return self.bound(id)
            case "any_team" | "department" | "team":
                return self.team(id)
            case "role":
                return self.role(id)
            case "letter":
                return self.letter_called(id)
            case "assigns" | "deadline" | "move" | "passed_on" | "unclear" | "verdict":
                return self.label(id, kind)
            case "obligation":
                owed = (owed for owed in self.case.obligations if owed.id == id)
                return next((obligation_called(self.language, one, self.now) for one in owed), id)
        return self.name(id)

    def letter_called(self, key: str) -> str:
        """Return the label of a letter. `key`: the key of the letter in `Case.told`."""
        return letter_called(self.language, key)

    def added_lines(self, name: str, value: Any) -> list[str] | None:
        """Return the value of a fact as lines of text, if the engine adds the fact and the fact has a format
        of its own. An example is a range of numbers. Return None for any other fact, because its type decides
        how it is written."""
        comma = self.words_of("comma")
        match name:
            case "confirmed":
                return [self.label(value["by"], "confirmed_by")]
            case "client":
                return [comma.join(value.values())]
            case "counted_before" | "counted_since":
                ends = {end: date.fromisoformat(value[end]) for end in ("since", "until")}
                return effect.counted_lines(self.language, Counted(**value | ends))
            case "ratio":
                return [say(self.language, "actions.times", n=f"{value:.2f}")]
            case "interval":
                return [effect.interval(self.language, value[0], value[1], effect.FORMER)]
            case "by_itself" | "beside" | "elsewhere":
                return effect.change_lines(self.language, RateChange(**value))
            case "parallel":
                return [comma.join(map(shown, value))]
            case "referred":
                return [comma.join(value)]
            case "undone":
                return [
                    comma.join((self.moment(act.at), self.role(act.role.code), self.label(act.move, "move")))
                    for act in map(UndoneAct.read, value)
                ]
            case "letters":
                left = (one.split(" ") for one in value)
                return [
                    comma.join((self.moment(instant(at)), self.letter_called(name.partition(".")[0])))
                    for at, name in left
                ]
            case "concerned":
                return [comma.join(map(self.name, value))]
            case "rule":
                return [say(self.language, f"desk.ruled.{'rule' if value['rule'] else 'default'}", **value)]
            case "before":
                return [self.row(Matter, item) for item in value]
            case "votes":
                return [self.colon(self.matter(int(n)), count) for n, count in value.items()]
            case "forwards":
                moves = refer_outside.__name__, record_forward.__name__
                return [
                    self.colon(self.called(move, part), text)
                    for words in value.values()
                    for move, said in zip(moves, (words, words.get("answer") or {}), strict=True)
                    for part, text in said.items()
                    if part != "answer"
                ]
            case "file":
                type_, size = (
                    file_list.type_label(self.language, value["type"]),
                    file_list.size(value["size"]),
                )
                return [f"{type_} · {size} · SHA-256 {value['sha256']}"]
            case "late_minutes":
                return [formats.late(self.language, value)]
        return None

    def row(self, kind: type, item: Mapping[str, Any]) -> str:
        """Return an item of a list as a line of text. `kind`: the dataclass of the item. `item`: its values,
        by name."""
        found = [
            line
            for name, part, _ in parts(kind)
            if name in item and name != "sub_type"
            for line in self.value_lines(name, part, item[name])
        ]
        if kind is Matter:
            type_ = (self.label(item["type"], "type"), self.label(item["sub_type"], "sub_type", item["type"]))
            found = [self.words_of("comma").join(type_), *found]
        return " · ".join(found)

    def colon(self, called: str, value: object) -> str:
        """Return a value after its label, with a colon between them. `called`: the label."""
        return f"{called}{'：' if self.language == 'zh' else ': '}{value}"

    def matter(self, n: int) -> str:
        """Return the number, type and sub-type of matter `n`, as text. If the case has no such matter, return
        the number."""
        return (
            matter_called(self.language, n, self.case.matters[n - 1])
            if 1 <= n <= len(self.case.matters)
            else str(n)
        )

    def simple(self, kind: str, value: Any) -> str:
        """Return a value as text. `kind`: the kind of the form field for such a value, such as `date` or
        `money`."""
        if kind in ("tick", "question"):
            return str(formats.texts(self.language)["page"]["form"]["yes" if value else "no"])
        if kind == "moment":
            return self.moment(instant(value))
        if kind == "date":
            return self.date(date.fromisoformat(value))
        return (
            formats.money(self.language, value)
            if kind == "money"
            else shown(value)
            if kind == "number"
            else str(value)
        )

    def inside(self, hint: Any, outer: str, values: Mapping[str, Any]) -> list[Line]:
        """Return the parts of a value as labelled lines. Empty parts are left out. `hint`: the type of the
        value. `outer`: the name under which `locale/` has the labels of the parts. `values`: the parts, by
        name."""
        return [
            (self.called(outer, name), self.value_lines(name, part, values[name]))
            for name, part, _ in parts(shape(hint)[1])
            if values.get(name)
        ]

    def date(self, when: date) -> str:
        """Return a date as text, with its weekday."""
        return formats.date_called(self.language, when)

    def moment(self, at: datetime) -> str:
        """Return a moment as text. Midnight is written as 00:00 of the day that begins. Use `formats.moment`
        for the end of a period."""
        return formats.moment(self.language, at, end=False)

    def day(self, at: datetime) -> str:
        """Return, as text, the day on which a moment falls."""
        return formats.day(self.language, at, end=False)

    def by(self, due: datetime) -> str:
        """Return the end of a period as text. Midnight is written as 24:00 of the day that ends."""
        return formats.moment(self.language, due)

    def entry_moment(self, n: int) -> str:
        """Return the time at which entry `n` was made, as text."""
        return self.moment(instant(self.dossier.entry(n)[0]["at"]))

    def words_of(self, *path: str, **slots: Any) -> str:
        """Return a text of the desk's pages. `path`: where the text is under `page.desk` in `locale/`.
        `slots`: the values for the gaps in the text."""
        return say(self.language, ".".join(("desk", *path)), **slots)

    def reason(self, code: str) -> str:
        """Return a text on why a promised date changed. `code`: the reason that a person gave, or the name of
        the move that changed the date. Return the code if there is no text for it."""
        texts = formats.texts(self.language)
        return str(
            next(
                (
                    texts[listed][code]
                    for listed in ("extension_reason", "pause_reason", "move")
                    if code in texts[listed]
                ),
                code,
            )
        )

    def called(self, owner: str, name: str) -> str:
        """Return the label of a fact, or of a part of a value. `owner`: the move that has the fact, or the
        value that has the part. `name`: the name of the fact or part."""
        texts = formats.texts(self.language)
        # a fact that the engine added has no form field, so its label is among the desk's texts
        ours = owner in MOVES and (name not in MOVES[owner].parameters or MOVES[owner].by == Role.CLOCK)
        written = texts["page"]["desk"]["fact"]
        if not ours:
            with suppress(KeyError, TypeError):
                return word(self.language, "label", owner, name, fact_type(owner, name))
        return str(written.get(f"{owner}.{name}") or written.get(name) or texts["label"].get(name, name))

    def label(self, code: str, listed: str, *within: str) -> str:
        """Return the label of a code. `listed`: the section of `locale/` with the label. `within`: the names
        that lead to a section inside `listed`."""
        return formats.label(self.language, code, listed, *within)

    def unsaid(self) -> str:
        """Return the text that replaces words. It says that the words are erased, or that the caller may not
        read them."""
        texts = formats.texts(self.language)
        return str(texts["words"]["erased"]) if self.reader.known else self.words_of("hidden")

    def who(self, entry: Mapping[str, Any]) -> str:
        """Return the name and the role of the person who made an entry, as text."""
        name, role = self.name(entry["who"]), self.label(entry["role"], "role")
        return role if name == role else f"{name} · {role}"

    def name(self, who: str) -> str:
        """Return the name of a member of staff or of a person on the case. `who`: their id. If the caller may
        not know the name, return the person's role. For an unknown id, return the id."""
        if member := self.roster.member(who):
            return member.name
        if person := self.dossier.people.get(who):
            return (self.reader.known and person.get("name")) or self.label(
                self.case.party(who).role.code, "role"
            )
        return self.label(who, "role") if who in ("clock", "consumer") else who

    def team(self, id: str) -> str:
        """Return the name of the team `id`, or `id` if the roster has no such team."""
        return self.roster.team_name(id, self.language)

    def recipient(self, to: str) -> str:
        """Return the recipient of a letter as text. `to`: the recipient as stored. For a role it is `role:`
        and the role; `@` and a department follow if only a department is meant. For a person it is `party:`
        or `staff:` and the id."""
        kind, _, id = to.partition(":")
        role, _, department = id.partition("@")
        called = self.label(role, "role") if kind == "role" else self.name(id)
        return f"{called} · {self.team(department)}" if department else called


def first_words(text: str) -> str:
    """Return the first GIST characters of a text, in one line. A text that was cut ends in "…"."""
    text = " ".join(text.split())
    return text if len(text) <= GIST else text[:GIST].rstrip() + "…"
