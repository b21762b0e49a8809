"""The values for the text of a letter, called its slots. They come from the letter's timeline entry, the
case, and the deadlines at the time of writing."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cached_property
from operator import attrgetter
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

from chalicelib.access.authorization import Caller
from chalicelib.access.links import TO_PARTNER, Links
from chalicelib.access.offers import Offers, offers
from chalicelib.cases.dossier import Dossier
from chalicelib.domain.calendar import day_end, instant, published, stamp
from chalicelib.domain.engine.action_deadlines import containment, improvement_action, verification
from chalicelib.domain.engine.deadlines import deadlines, department_answer, unsettled
from chalicelib.domain.engine.declare import MOVES, move_names
from chalicelib.domain.engine.running import DEADLINES, deadline_of, parts_of, running_of
from chalicelib.domain.engine.sending_limits import CONFIRM
from chalicelib.domain.escalation import told_with
from chalicelib.domain.frozen import frozen, replace
from chalicelib.domain.model.case import Case, Party
from chalicelib.domain.model.case_records import BUSINESS, MEDIATOR, EarlierCase, UndoneAct
from chalicelib.domain.model.codes import (
    AUTOMATIC,
    ON_EARLIER,
    TALKS,
    Outcome,
    PauseReason,
    Power,
    Role,
    Side,
    Stage,
    Way,
)
from chalicelib.domain.model.letters import letter_of, subject_of
from chalicelib.domain.moves.answer import file_report
from chalicelib.domain.moves.assignment import assign_next
from chalicelib.domain.moves.dispute import assign_negotiator, identify_dispute
from chalicelib.domain.moves.intake import set_severity
from chalicelib.domain.moves.meetings import ask_meeting_change
from chalicelib.domain.moves.reconsideration import contestable, decide_reconsideration
from chalicelib.domain.policy import policy
from chalicelib.domain.reference import shown
from chalicelib.domain.roster import Member, Roster
from chalicelib.letters.redaction import NOTHING, Shared, all_texts, withheld
from chalicelib.locale.formats import joined, masked, phone_hours
from chalicelib.view.agreement import other_applies, text_until
from chalicelib.view.answer import AnswerView, answer_view
from chalicelib.view.deadlines import RunView, deadlines_view, is_late, late_view
from chalicelib.view.evidence import InformationRequest, information_request, sent_since
from chalicelib.view.expected import choices, expected
from chalicelib.view.forwarding import forward_about
from chalicelib.view.mediation import mediator_until, meeting_until, objector_until
from chalicelib.view.obligation import ObligationView, change_until, ledger, terms_of, totals
from chalicelib.view.outside import number_at
from chalicelib.view.party import PartyReader
from chalicelib.view.people import deciders, other_case, people, put_in
from chalicelib.view.reader import AddresseeReader, Reader
from chalicelib.view.review import asked_until
from chalicelib.view.safety import advice
from chalicelib.view.talks import offer_until
from chalicelib.view.timeline import OF_THE_CLOCK, last_done, party_entry

ROUTES = ("association", "court")
"""The further routes that a letter names, after the authorities in charge and the routes that staff add."""
BOUGHT = ("business", "shop", "product", "order")
"""The fields of the consumer's account that describe what was bought."""
MOMENTS = ("due", "was_due", "by", "meeting", "expected", "until", "reported_at", "on", "done_on", "moment")
"""The names of the facts that are a moment in time or a day. For a day, the letter names the end of that
day."""
HIDDEN = "······"
"""The text shown in place of a one-time code everywhere except in the mail itself."""
CHANGED = "contact_changed"
"""The name of the letter about a change of the contact details of a party."""
SINCE = 20
"""How many of the newest entries since a letter was written are looked at, if the letter leaves late."""
DAY = re.compile(r"\d{4}-\d\d-\d\d")
HEARD = 10
"""In how many entries before a letter to an unconfirmed address the words of parties are looked for that our
staff may have repeated."""


@frozen
class Slots:
    """The values for the text of one letter. `row`: the letter as stored. `dossier`: its case. `staff`: the
    recipient of a staff letter. `links` returns the maker of links and passphrases, with the present keys.
    `present`: the present case, if `dossier` has the case at the writing of the letter. The party's link and
    address are the present ones."""

    dossier: Dossier
    row: Mapping[str, Any]
    roster: Roster
    now: datetime
    public_url: str
    links: Callable[[], Links]
    staff: Member | None = None
    present: Case | None = None

    @property
    def case(self) -> Case:
        """The letter's case."""
        return self.dossier.case

    @property
    def party(self) -> Party | None:
        """The party that gets the letter, as they were when it was written; None for a staff letter."""
        return self.case.party(self.row["to"][6:]) if self.row["to"].startswith("party:") else None

    @property
    def reached(self) -> Party | None:
        """The party that gets the letter, with their present link and address; None for a staff letter."""
        return (self.present or self.case).party(self.party.id) if self.party else None

    def all(self) -> dict[str, Any]:
        """Return all values for the letter's text, by name."""
        case, row, party = self.case, self.row, self.party
        line, words = self.dossier.entry(self.row["entry"])
        person = self.dossier.people.get(party.id, {}) if party else {}
        # Even in a late letter the team is the present one, and a party gets a contact who can answer now.
        now = self.present or case
        team = self.roster.teams.get(now.team)
        asked = case.owner if now.team == case.team else now.owner
        inside = letter_of(row["name"]).to == "staff"
        owner = self.roster.member(case.owner or "") if inside else self.roster.contact(asked, self.now)
        language = person.get("language", "zh")
        authorities = self.reader.authorities
        own = self.own(line)
        due = self.due(own)
        missed = {name: at for name, at in due.items() if party and self.over(name, at)}
        facts = self.facts(line, own)
        desk = "actions" if case.improvement else "cases"
        reached = self.reached
        link = self.public_url + (self.page(reached) if reached else f"/desk/{desk}/{case.ref}")
        name = row["name"]
        report = self.report
        reported = (
            {"terms": report.terms, "unexamined": report.unexamined} if name == "answer" and report else {}
        )
        asker = self.asker(line)
        return {
            "number": shown(case.ref),
            "own_number": (party.represents or party.id)[1:] if party else "",
            "name": person.get("name") if party else self.staff and self.staff.name,
            "link": link,
            "confirm": self.confirm(person),
            "question_link": self.question_link(line),
            "policy": case.policy,
            "by_text": row["way"] == Way.SMS,
            "powerless": self.powerless(),
            "verify": None,
            "phrase": None,
            "code": HIDDEN,
            "public_url": self.public_url,
            "team": team.label[language] if team else "",
            "phone": team.phone if team else "",
            "phone_hours": phone_hours(language, team.hours) if team else "",
            "today": self.now,
            "stage": row["stage"],
            "outcome": row.get("outcome"),
            "action": self.action(line),
            "due": {name: at for name, at in due.items() if name not in missed},
            "missed": missed,
            "matters": self.matters(line["facts"], words, report),
            "purchase": {name: said for name in BOUGHT if (said := self.account().get(name))},
            "wishes": list(case.intake.wishes),
            "wish_amount": case.intake.wish_amount,
            "received_at": case.received_at,
            "hurt": case.intake.hurt,
            "shares": self.shares(link),
            "advice": advice(case),
            "reports": case.reports,
            "facts": facts,
            "files": [*sent_since(self.reader, self.wanted)]
            if name == "information_received" and self.wanted
            else [],
            "words": _plain({**reported, **words}),
            "rights": report.rights if report else {},
            "rules": report.rules if report else (),
            **self.obligations(line, language),
            "remedies": list(self.remedies()),
            "said_by": line["role"],
            "asker": asker and ("representative" if asker.represents else "person"),
            "asker_name": asker and (self.dossier.people.get(asker.id) or {}).get("name"),
            "acted": line["move"],
            "said_at": instant(line["at"]),
            "promised": instant(row["promised"]) if row.get("promised") and self.unanswered() else None,
            "promised_before": self.before(),
            "representative": self.representative(line),
            "outside_number": number_at(self.reader, facts.get("body"), until=row["entry"]),
            "changed": list(_masked(words)),
            "approver": self.approver(line),
            "represented": case.business is not None,
            "handler": owner and owner.name,
            "handler_phone": owner and (owner.phone or None),
            "authorities": authorities,
            "routes": [*dict.fromkeys((*authorities, *line["facts"].get("routes", ()), *ROUTES))],
            "panel": list(self.panel(language)),
            "can": self.can,
            "next": self.next(),
            "reopens": case.reopens,
            "window_still": self.window_still(),
            "higher_office": policy(case.policy).higher_office,
            "reviewing": row["stage"] == Stage.UNDER_RECONSIDERATION
            or case.place == Stage.UNDER_RECONSIDERATION,
            "leaving": self.leaving(line["facts"].get("leaving") or ()),
            "provisional": self.provisional(),
            "late": list(self.late(line)),
            "moved": self.moved(),
            "waited": self.waited(),
            "still": self.still(),
            "side": party and str(party.side),
            "offer": offer_until(self.reader, row["facts"]["about"], row["entry"])
            if row["facts"].get("about")
            else None,
            "forward": forward_about(self.reader, row["facts"].get("about")),
            "dispute": self.dispute(),
            "nature": case.talks.dispute and case.talks.dispute.nature,
            "parties": [person for person in people(self.reader) if not person.left],
            **self.agreed(),
            "other": shown(
                line["facts"].get("joined")
                or line["facts"].get("leading")
                or line["facts"].get("similar")
                or (case.together.joined.ref if case.together.joined else "")
                or other_case(self.reader)
            ),
        }

    def for_mail(self, slots: dict[str, Any]) -> dict[str, Any]:
        """Return the values `slots` without what the letter's mail leaves out: to an unconfirmed address, the
        words of other people than our staff. Return `slots` itself if the mail leaves out nothing."""
        # `called` is set for the warning to an earlier address. That address counts as a stranger's, because
        # the new address may be confirmed by the time when the warning leaves.
        named, reached = self.row["name"] == CONFIRM or bool(slots["facts"].get("called")), self.reached
        if reached is None or (reached.confirmed and not named):
            return slots
        language = self.dossier.people.get(reached.id, {}).get("language", "zh")
        return withheld(slots, language, NOTHING if named or reached.represents else self.shared())

    @cached_property
    def report(self) -> AnswerView | None:
        """The answer to the complaint that the letter gives; None if it gives none."""
        answers = self.row["name"] in ("answer", "reconsideration_decision")
        return answer_view(self.reader, until=self.row["entry"]) if answers else None

    def shared(self) -> Shared:
        """Return which texts may be mailed to an address that was given at filing and is not confirmed. These
        are the texts of our staff.

        Words of parties in the first entry and in the last entries before the letter are returned as `heard`,
        because our staff may repeat them. Other entries are not read, because that would cost too much."""
        until = self.row["entry"]
        near = [1, *range(max(2, until - HEARD), until + 1)]
        self.dossier.prefetch(near)
        heard = [
            text
            for n in near
            for name, said in self.dossier.entry(n)[1].items()
            if name not in official(self.dossier.line(n))
            for text in all_texts(said)
            if text != self.case.intake.company
        ]
        words = official(self.dossier.line(until))
        words |= MOVES[file_report.__name__].official if self.report else frozenset()
        return Shared(words | ({"reason"} if "reasons" in words else set()), True, tuple(heard))

    def action(self, line: Mapping[str, Any]) -> SimpleNamespace | None:
        """Return the improvement action that the letter is about, with its present task. Return None if the
        case is no action. `line` is the letter's timeline entry, whose verdict is included."""
        action = self.case.improvement
        if action is None:
            return None
        usual = improvement_action if self.row["stage"] == Stage.IMPROVING else verification
        task = containment if line["facts"].get("deadline") == containment.__name__ else usual
        return SimpleNamespace(
            cause=action.cause,
            source=action.source,
            measure=self.dossier.entry(1)[1].get("measure"),
            returned=action.returned,
            verdict=line["facts"].get("verdict"),
            task=task.__name__,
            due=_moment(self.row["due"].get(task.__name__)),
        )

    def page(self, party: Party) -> str:
        """Return the path of the page of the complaint. In a mail this is the party's own link. In a letter
        that staff read out or print it is only `/case`, because staff must not see the link."""
        mailed = self.row["way"] == "email"
        return self.links().path(self.case.ref, party.id, party.generation) if mailed else "/case"

    def shares(self, link: str) -> SimpleNamespace | None:
        """Return the consent to the reading by the partner: the name of the partner, the moment of the
        consent, and the link to the page that ends it. A letter that staff read out or print has no link.
        Return None without a consent, and for anybody but this person. `link`: the link to the complaint."""
        partner, own = self.case.intake.partner, self.party and self.party.shares
        if not (partner and own) or own.ended:
            return None
        end = f"{link}?to={TO_PARTNER}" if self.row["way"] == Way.EMAIL else None
        return SimpleNamespace(partner=partner.partition(":")[2], at=own.at, end=end)

    def account(self) -> Mapping[str, Any]:
        """Return the consumer's account of the problem, as given at filing. In a joint complaint only the
        author of the account and staff may read it, so it is {} for everybody else."""
        theirs = self.reader.principal in (None, *(party.id for party in self.case.parties[:1]))
        return (self.dossier.entry(1)[1].get("account") or {}) if theirs else {}

    def confirm(self, person: Mapping[str, Any]) -> str | None:
        """Return the URL at which the recipient confirms their address or phone number; None if there is
        nothing to confirm. `person` is what is stored of the recipient."""
        party, to_old = self.reached, self.row["facts"].get("about") == "before"
        if self.row["name"] == CONFIRM:
            address = (person.get("pending") or {}).get("phone" if self.row["way"] == "sms" else "email")
        else:
            here = party is not None and not party.confirmed and self.row["way"] == "email" and not to_old
            address = person.get("email") if here else None
        if party is None or address is None:
            return None
        proof = self.links().proof(self.case.ref, party.id, address)
        return f"{self.public_url}/address/{self.case.ref}/{proof}"

    def question_link(self, line: Mapping[str, Any]) -> str | None:
        """Return the URL of the page on which the recipient answers a question to their department without an
        account. Return None if the letter is about no question, or if the recipient is not in the department
        that it asks. `line` is the letter's timeline entry."""
        run = parts_of(str(line["facts"].get("run")))[:2]
        for asked in self.case.inquiry.questions:
            about = asked.entry == self.row["entry"] or run == [department_answer.__name__, asked.id]
            if about and self.staff and self.staff.id in self.roster.answering(asked.department):
                return self.public_url + self.links().question_path(self.case.ref, asked.id, self.staff.id)
        return None

    def provisional(self) -> list[int]:
        """Return the years for which the calendar is not published yet and in which a deadline of the letter
        ends. Such an end can still change."""
        ends = {stamp(at) for at in unsettled(self.case).values()} & set(self.row["due"].values())
        years = {published().day_of(instant(at) - timedelta.resolution).year for at in ends}
        return sorted(year for year in years if not published().knows(year))

    def due(self, own: Mapping[str, datetime]) -> dict[str, datetime]:
        """Return the ends of the deadlines by name, as they were when the letter was written.

        There are two exceptions. The deadlines in `own`, which concern the letter itself, have their present
        end, because several deadlines of the same name may run. The answer window has its present end if it
        did not run in the stage in which the letter was written.
        """
        over = self.row["stage"] not in DEADLINES["answer_window"].during
        return {
            **{name: instant(at) for name, at in self.row["due"].items() if not deadline_of(name).own_date},
            **{run.name: run.due for run in running_of(self.case, "answer_window") if over and run.due},
            **own,
        }

    def over(self, name: str, at: datetime) -> bool:
        """Return whether the end `at` of the deadline `name` is one that we have missed. A letter to a party
        must not promise it any more."""
        return deadline_of(name).duty and at <= self.now

    def own(self, line: Mapping[str, Any]) -> dict[str, datetime]:
        """Return the present ends of the letter's own deadlines, by name. These are the deadlines of its
        reader, and of the question, reply or obligation that it is about. `line` is the letter's timeline
        entry. The time to cure a breach is included even after its end."""
        name, about = self.row["name"], self.about(line)
        asked = (
            question.id for question in self.case.inquiry.questions if question.entry == self.row["entry"]
        )
        subject = self.row["facts"].get("about")
        ids = {*asked, name, subject, f"{name}#{subject}", about and about.id}
        runs = (run for run in deadlines(self.case).values() if run.id in ids or self.reader.own(run))
        own = {run.name: run.due for run in runs if run.due}
        return {**own, "cure": about.cure} if about and about.cure else own

    def late(self, line: Mapping[str, Any]) -> Iterator[SimpleNamespace]:
        """Yield our duties whose end the recipient knows and that were late when the letter was written, the
        longest late first. `line` is the letter's timeline entry. Each item has the name of the deadline, its
        end, and what follows from it, see `LateView`."""
        runs = (run for run in (self.as_party.runs() if self.as_party else ()) if run.due)
        for run in sorted(runs, key=attrgetter("due")):
            if is_late(self.reader, run, instant(line["at"])):
                yield SimpleNamespace(
                    deadline=run.name, due=run.due, late=late_view(self.reader, run, self.roster)
                )

    @cached_property
    def deadlines(self) -> list[RunView]:
        """The deadlines that the recipient sees; [] for staff."""
        return deadlines_view(self.as_party, lambda: self.roster) if self.as_party else []

    def moved(self) -> list[RunView]:
        """Return the recipient's windows that end later, because of our outages or because we were late."""
        return [run for run in self.deadlines if run.moved]

    def still(self) -> list[str]:
        """Return the names of the recipient's deadlines that are suspended because a duty of ours is late."""
        return list(dict.fromkeys(run.deadline for run in self.deadlines if run.stopped == PauseReason.LATE))

    def waited(self) -> SimpleNamespace | None:
        """Return what a letter says that leaves late: when it was written (`written`), when it leaves
        (`leaves`) and arrives, and what has happened since (`since`), as far as its reader may know it.

        `stage`: the present stage. `told`: whether the letter must say all that. Return None for a letter
        that leaves in time, and for staff. A message about a new address says nothing of the case."""
        leaves, n = self.row.get("leaves"), self.row["entry"]
        if leaves is None or self.as_party is None:
            return None
        now = replace(self.dossier, case=self.present or self.case)
        reader = PartyReader(now, leaves, self.as_party.caller)
        written, about_address = instant(self.row["at"]), self.row["name"] in (CONFIRM, CHANGED)
        numbers = range(n + 1, reader.case.entries + 1)[-SINCE:] if not about_address else ()
        reader.dossier.prefetch(numbers)
        seen = (party_entry(reader, one) for one in numbers)
        since = [
            SimpleNamespace(at=instant(one.line["at"]), move=one.move, role=one.line["role"])
            for one in seen
            if one and one.move not in OF_THE_CLOCK
        ]
        days = {published().day_of(at) for at in (written, leaves)}
        return SimpleNamespace(
            written=written,
            leaves=leaves,
            arrives=self.row["arrives"],
            since=since,
            stage=reader.case.stage,
            told=not about_address and (bool(since) or len(days) > 1),
        )

    def leaving(self, people: Sequence[str]) -> SimpleNamespace:
        """Return the number of people who leave a joint case (`n`). `own` is true if the recipient, or the
        person whom the recipient represents, is among them. `people` are the ids of those who leave."""
        return SimpleNamespace(n=len(people), own=self.reader.principal in people)

    def agreed(self) -> dict[str, Any]:
        """Return the values about mediation, agreement and judicial confirmation, as they were when the
        letter was written."""
        until, reader = self.row["entry"], self.reader
        who, by = mediator_until(reader, self.roster, until), objector_until(reader, until)
        applies = other_applies(reader, until)
        return {
            "mediator": who and SimpleNamespace(**vars(who.mediator), past_cases=who.past_cases),
            "meeting": self.meeting(),
            "challenge": SimpleNamespace(side=by, own=by is not None and by == reader.side),
            "agreement": self.agreement(),
            "confirmation": None if applies is None else SimpleNamespace(other_agreed=applies),
        }

    def meeting(self) -> SimpleNamespace | None:
        """Return the meeting that the letter is about, with its id in calendars; None if there is none."""
        until = self.row["entry"]
        about = self.row["facts"].get("about") or self.dossier.line(until)["facts"].get("meeting") or ""
        found = meeting_until(self.reader, subject_of(about), until)
        uid = f"{self.case.ref}-{found.id}@{urlsplit(self.public_url).hostname}" if found else ""
        return found and SimpleNamespace(**found._asdict(), uid=uid)

    def agreement(self) -> SimpleNamespace | None:
        """Return the agreement as last drafted or changed before the letter was written; None if there is
        none. `missing`: the roles that have not signed. `unsigned`: the roles whose refusal or silence ended
        the signing."""
        until, party = self.row["entry"], self.party
        found = text_until(self.reader, until)
        if found is None:
            return None
        speaks = party is not None and party.id != self.reader.principal
        told = {
            "me": found.me if speaks else None,
            "missing": [*self.roles(found.missing)],
            "unsigned": [*self.roles(self.dossier.line(until)["facts"].get("missing", ()))],
            "verify": f"{self.public_url}/verify",
        }
        return SimpleNamespace(**{**found._asdict(), **told})

    def roles(self, signers: Collection[str]) -> Iterator[SimpleNamespace]:
        """Yield the roles of these signers, without names. `who` is the role: the reader, the other
        complainants, the business or the mediator. `n` is the number of people in that role."""
        me = self.reader.principal or MEDIATOR
        if me in signers:
            yield SimpleNamespace(who="reader", n=1)
        if others := [id for id in signers if id not in (me, BUSINESS, MEDIATOR)]:
            yield SimpleNamespace(who="consumer", n=len(others))
        for who in (BUSINESS, MEDIATOR):
            if who in signers and who != me:
                yield SimpleNamespace(who=who, n=1)

    @cached_property
    def wanted(self) -> InformationRequest | None:
        """The information that we last asked the reader for; None if we did not."""
        return information_request(self.reader, until=self.row["entry"])

    @cached_property
    def reader(self) -> Reader:
        """The reader of the letter: the party that gets it, or staff."""
        party = self.party
        return AddresseeReader(self.dossier, self.now, party) if party else Reader(self.dossier, self.now)

    @cached_property
    def as_party(self) -> PartyReader | None:
        """The recipient as a reader of their own page; None for a staff letter."""
        party = self.party
        if party is None:
            return None
        caller = Caller(party.id, party.role, ref=self.case.ref, party=party.id)
        return PartyReader(self.dossier, self.now, caller)

    @cached_property
    def ledger(self) -> dict[str, ObligationView]:
        """The obligations that the reader may know of, by id."""
        return {owed.id: owed for owed in ledger(self.reader)}

    def about(self, line: Mapping[str, Any]) -> ObligationView | None:
        """Return the obligation that the letter is about. Return None if there is none, or if the reader may
        not know of it. `line` is the letter's timeline entry."""
        facts = line["facts"]
        ids = (self.row["facts"].get("about"), facts.get("obligation"), *parts_of(str(facts.get("run"))))
        return next((self.ledger[id] for id in ids if id in self.ledger), None)

    def obligations(self, line: Mapping[str, Any], language: str) -> dict[str, Any]:
        """Return the values about obligations. `ledger`: the obligations that the reader may know of. `owed`:
        those of them that others must perform. `about`: the obligation that the letter is about, with `terms`
        and `change`. `total`: the sum still to be paid; in a letter about a referral to a court, the sum that
        is referred. `excused`: the ground on which the debtor is not at fault."""
        every, about = self.ledger.values(), self.about(line)
        gone = [about.id, *about.with_it] if about and self.row["name"] == "breach_referred" else []
        return {
            "ledger": [*every],
            "owed": [o for o in every if not o.owes],
            "about": about,
            "terms": about and terms_of(self.reader, about).read(language),
            "total": totals(self.reader, (o for o in every if (o.id in gone if gone else o.open))),
            "change": self.change(about, language) if about else None,
            "excused": line["facts"].get("ground"),
        }

    def change(self, about: ObligationView, language: str) -> SimpleNamespace | None:
        """Return the change of the obligation `about` that was last proposed before the letter was written.
        Return None if the letter is not about a change."""
        changes = self.row["name"].startswith("change_")
        found = change_until(self.reader, about, self.row["entry"]) if changes else None
        if found is None:
            return None
        old, new = (
            SimpleNamespace(
                by=day_end(terms.by) if terms.by else None,
                amount=terms.amount,
                what=terms.what.read(language),
            )
            for terms in (found.old, found.new)
        )
        return SimpleNamespace(old=old, new=new, reason=found.reason, digest=found.digest)

    def facts(self, line: Mapping[str, Any], dates: Mapping[str, datetime]) -> dict[str, Any]:
        """Return the facts for the letter's text: those of its timeline entry (`line`), and those stored with
        the letter. Moments are datetimes. `dates` are the present ends of the letter's own deadlines, by
        name."""
        case, own, row, name = self.case, line["facts"], self.row, self.row["name"]
        facts = {**own, **row["facts"], **{moment: _moment(own.get(moment)) for moment in MOMENTS}}
        if self.wanted:
            facts |= {"items": list(self.wanted.items), "asked_at": self.wanted.at}
        if name == "data_destroyed":
            alone = self.party and self.party.id == own.get("party")
            facts["agent"] = alone and self.party and self.party.role != Role.CONSUMER
        if name == "outside_deadline":
            facts["body"] = parts_of(own["run"])[1].partition("-")[0]
        if name in ("warning", "escalation", "outside_deadline"):
            facts |= {"last_move": last_done(self.reader, row["entry"]), "passed_on": own.get("passed_on")}
        if name == "escalation":
            facts["roles"] = told_with(case, own) if "step" in own else []
        if name == "task":
            task = "lapse_review" if own.get("review") else own.get("deadline") or line["move"]
            # Use the stage in which the letter was written, since the letter may be sent later.
            reviewed = row["stage"] == Stage.UNDER_RECONSIDERATION
            if reviewed and task in MOVES and MOVES[task].needs_panel:
                task = "reconsideration" if policy(case.policy).higher_office else "panel_appointment"
            if task in move_names(identify_dispute, assign_negotiator) and row["to"] in (
                "role:supervisor",
                "role:executive",
            ):
                task = set_severity.__name__
            if task == assign_next.__name__ and row["stage"] == Stage.NEGOTIATING:
                task = assign_negotiator.__name__
            if task == decide_reconsideration.__name__ and row["stage"] != Stage.INVESTIGATING:
                task = "reconsideration_decision"
            given = MOVES.get(task)
            deadline = (given and given.task_due) or task
            written = row["due"].get(deadline) or min(row["due"].values(), default=None)
            asked = self.meeting() if task == ask_meeting_change.__name__ else None
            due = asked.at if asked else dates.get(deadline) or facts["due"] or _moment(written)
            facts |= {"task": task, "due": None if given and given.task_due is None else due}
        if name in ("approval_request", "approval_decided"):
            asker = self.roster.member(line["who"])
            facts |= {
                "move": own.get("move") or line["move"],
                "asker": asker.name
                if asker
                else self.dossier.people.get(line["who"], {}).get("name") or line["who"],
                "approved": MOVES[line["move"]].grants,
            }
        if name == "panel_appointment":
            facts["seat"] = "chair" if row["to"] == f"staff:{own['chair']}" else "panel"
        if name == "undelivered":
            facts["letter"] = letter_of(own["letter"]).name
        if name == "access_link":
            facts["by_phrase"] = row["way"] not in AUTOMATIC
        if own.get("waits"):
            pending = self.reached.pending if self.reached else None
            facts["counts"] = pending is None or pending.entry != row["entry"]
        if name == "receipt" and row["way"] == "fetch":
            facts["passphrase"] = self.links().phrase(case.ref, "p1", 1)
        if name == "entries_missing":
            facts |= {"undone": [*self.undone(own)], "known": own.get("concerned") is not None}
        facts.setdefault("holder", own.get("role") or "lead")
        return facts

    def undone(self, facts: Mapping[str, Any]) -> Iterator[UndoneAct]:
        """Yield the acts that a restore undid, of which the letter tells: those of the reader, and of all
        people if the reader works on the case. `facts` are those of `record_restored`."""
        to = self.row["to"]
        whole = to.startswith("role:") or to == f"staff:{self.case.chair or self.case.handler}"
        for act in map(UndoneAct.read, facts.get("undone", ())):
            if act.move in MOVES and (whole or act.who == to.partition(":")[2]):
                yield act

    def matters(
        self, line: Mapping[str, Any], words: Mapping[str, Any], report: AnswerView | None
    ) -> list[SimpleNamespace]:
        """Return the matters of the complaint as decided when the letter was written, each with reason and
        conclusion. Both come from the answer (`report`) or from the reconsideration.

        `asked`: the last request for reconsideration concerns this matter. `final`: a reconsideration has
        decided the matter, so no further reconsideration is possible.
        """
        state = {True: "accepted", False: "declined", None: None}
        answered = {each.n: each for each in report.matters} if report else {}
        reasons = {str(n): each.reason for n, each in answered.items() if each.reason}
        told = {**reasons, **(words.get("reasons") or {})}
        concluded = {str(n): each.conclusion for n, each in answered.items()} | line.get("conclusions", {})
        asked = asked_until(self.reader, self.row["entry"])
        numbered = enumerate(zip(self.case.matters, self.row["decided"], strict=False), 1)
        return [
            SimpleNamespace(
                n=n,
                type=m.type,
                sub_type=m.sub_type,
                amount=m.amount,
                state=state[accepted],
                ground=ground,
                reason=told.get(str(n)),
                conclusion=concluded.get(str(n)),
                asked=n in asked,
                final=n in self.case.recourse.reviewed,
                result=line.get("results", {}).get(str(n)),
                votes=line.get("votes", {}).get(str(n)),
                instead=(words.get("instead") or {}).get(str(n)),
                earlier=m.earlier and ground in ON_EARLIER and self.earlier(m.earlier),
                problem=self.account().get("problem") if m.type == "other" else None,
                findings=answered[n].findings if n in answered else (),
            )
            for n, (m, (accepted, ground)) in numbered
        ]

    def earlier(self, case: EarlierCase) -> SimpleNamespace:
        """Return the earlier case on which a decline rests: its number, and the day on which it was settled
        or answered."""
        return SimpleNamespace(ref=shown(case.ref), on=day_end(case.on), settled=case.settled)

    def panel(self, language: str) -> Iterator[SimpleNamespace]:
        """Yield the role and the team names of each panel member, without the member's name."""
        for seat in deciders(self.reader, self.roster, until=self.row["entry"]):
            units = (team.label[language] for team in seat.teams)
            yield SimpleNamespace(
                role=(Role.CHAIR if seat.chair else Role.PANEL).code, unit=joined(language, units)
            )

    def window_still(self) -> bool:
        """Return whether the consumer could still ask for reconsideration if the negotiation or mediation
        fails. Two conditions must hold: the negotiation or mediation has suspended the time to ask, and a
        matter is left that the consumer can contest."""
        runs = running_of(self.case, "answer_window")
        over = replace(self.case, stage=Stage.CLOSED, outcome=Outcome.NOT_SETTLED)
        return any(run.stopped == PauseReason.TALKS for run in runs) and bool(contestable(over))

    @cached_property
    def offers(self) -> Offers:
        """The moves that the recipient can take when the letter is sent. {} for staff, and for a person who
        has left the case."""
        if self.party is None or self.party.left or self.as_party is None:
            return {}
        return offers(self.case, self.as_party.caller, self.now)

    def next(self) -> SimpleNamespace | None:
        """Return the act that the page of the recipient expects, with all `moves` among which they choose. So
        the letter does not ask for a yes alone. Return None if nothing is expected."""
        found = expected(self.as_party, self.offers) if self.as_party else None
        if found is None or self.as_party is None:
            return None
        moves = choices(self.as_party, found, self.offers)
        return SimpleNamespace(move=found.move, due=found.due, moves=moves)

    def can(self, move: str, about: Any = None) -> bool:
        """Return whether the recipient can take a move now, because a letter must not suggest a move that is
        not possible. With `about`, the move must be possible on this obligation or step."""
        return move in self.offers and (about is None or getattr(about, "id", about) in self.offers[move])

    def remedies(self) -> Iterator[SimpleNamespace]:
        """Yield the remedies that the letter's timeline entry proposes to the recipient. Each has the form of
        an obligation."""
        put = put_in(self.reader, self.row["entry"])
        for owed in put.remedies if put else ():
            yield SimpleNamespace(**vars(owed), due=day_end(owed.by), offer=False)

    def dispute(self) -> SimpleNamespace:
        """Return how far negotiation and mediation have come. `agreed`: whether the recipient's side has
        agreed to mediation. `other_agreed`: whether the other side has. `over`: whether the negotiation has
        ended. `joint`: it is a joint case."""
        talks, side = self.case.talks.dispute, self.party.side if self.party else Side.CONSUMER
        consents = talks.consents if talks else {}
        return SimpleNamespace(
            agreed=consents.get(side),
            other_agreed=consents.get(side.other),
            over=bool(talks and talks.ended),
            joint=self.case.joint,
        )

    def powerless(self) -> bool:
        """Return whether the letter asks for something that its recipient, a representative, has no power to
        answer."""
        declared, party = letter_of(self.row["name"]), self.party
        asks = declared.of_window and not declared.own
        return asks and party is not None and bool(party.represents) and Power.ANSWER not in party.powers

    def unanswered(self) -> bool:
        """Return whether the complaint was not answered yet when the letter was written. The stage alone does
        not tell this, because the parties may negotiate before or after the answer."""
        if self.row["stage"] in TALKS | {Stage.SIGNING}:
            return self.case.talks.dispute is not None and self.case.talks.dispute.back == Stage.INVESTIGATING
        return self.row["stage"] in (Stage.RECEIVED, Stage.AWAITING_INFORMATION, Stage.INVESTIGATING)

    def before(self) -> datetime | None:
        """Return the date that we had named for our answer before the date in this letter. Return None if
        there is none."""
        told = [promise.by for promise in self.case.promises if promise.what == "answer"]
        now = _moment(self.row.get("promised"))
        return told[told.index(now) - 1] if now in told and told.index(now) else None

    def representative(self, line: Mapping[str, Any]) -> str | None:
        """Return the name of the representative that the letter is about; None if there is none. `line` is
        the letter's timeline entry."""
        id = line["facts"].get("representative") or self.row["facts"].get("about") or ""
        return (self.dossier.people.get(id) or {}).get("name")

    def asker(self, line: Mapping[str, Any]) -> Party | None:
        """Return the party who asked for the move of the letter's timeline entry (`line`): its author, or the
        person whose call staff recorded. Return None if the reader asked for it, and if nobody is known."""
        id = line["facts"].get("asked_by") or line["who"]
        return next(
            (party for party in self.case.parties if party.id == id and party is not self.party), None
        )

    def approver(self, line: Mapping[str, Any]) -> str | None:
        """Return the role of the officer who approved a request, if the letter's timeline entry (`line`)
        decides one. Return None if it does not, or if nobody approved the request."""
        if not isinstance(asked := line["facts"].get("asked"), str):
            return None
        yes = (later for _, (later, _) in self.dossier.granting(line["move"]))
        return next((str(later["role"]) for later in yes if later["facts"]["approval"] == asked), None)


def _plain(words: Mapping[str, Any]) -> dict[str, Any]:
    """Return the free text of an entry. If it has reasons for several matters, they are also joined as one
    text, `reason`."""
    reasons = words.get("reasons")
    return {**words, **({"reason": "\n".join(reasons.values())} if reasons else {})}


def official(line: Mapping[str, Any]) -> frozenset[str]:
    """Return the names of the texts of a timeline entry that our staff wrote. The result is empty for an
    entry of a party, of a partner, or of a move that is no longer declared. `line` is the entry."""
    role = Role.__members__.get(line["role"].upper(), Role.PARTY)
    by_us = not role & (Role.PARTY | Role.PARTNER)
    return MOVES[line["move"]].official if by_us and line["move"] in MOVES else frozenset()


def _moment(value: Any) -> datetime | None:
    """Return a stored fact as a datetime. A day becomes the end of that day. Return None for any other text,
    such as the id of a meeting."""
    if not value or not DAY.match(value):
        return None
    return day_end(date.fromisoformat(value)) if DAY.fullmatch(value) else instant(value)


def _masked(words: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the name and the masked value of each new contact detail in an entry. The owner recognises a
    masked value, and other readers do not learn the address or number."""
    for name in ("email", "phone", "address"):
        if value := words.get(name):
            yield name, value[:2] + "…" if name == "address" else masked(value)
