"""The context of a form, its options, and the names of the things on its case."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import field
from datetime import date, datetime, time
from typing import Any, NamedTuple

from chalicelib.domain.calendar import SHANGHAI, published
from chalicelib.domain.frozen import frozen
from chalicelib.domain.model.case import Case, Party
from chalicelib.domain.model.case_records import BUSINESS, MEDIATOR, CallTask, Matter, Offer, Owed
from chalicelib.domain.model.codes import Role, Side
from chalicelib.domain.model.obligation import Obligation
from chalicelib.domain.roster import Roster
from chalicelib.locale.formats import day, label, money, texts


class Option(NamedTuple):
    """A choice: code, label, note, group heading, and everyday search words for long lists."""

    code: str
    label: str
    note: str = ""
    under: str = ""
    search: str = ""

    @classmethod
    def of(cls, code: str, *parts: str | None) -> "Option":
        """Return a choice whose label joins several parts; unknown parts are omitted."""
        return cls(code, " · ".join(filter(None, parts)))

    @property
    def item(self) -> dict[str, Any]:
        """Return the choice in the format of GOV.UK's macros."""
        return {"value": self.code, "text": self.label, "hint": {"text": self.note} if self.note else None}


@frozen
class Seen:
    """The data beyond the case head that the user of a form may see.

    `names`: the name of each party. `words`: returns the first words of an entry. `now`: the current time.
    `party`: the party who fills in the form, empty for staff; the form then offers only that party's items.
    `teams`: the teams of the staff member. `handled`: returns the colleagues who cannot join the panel,
    because they handled the case or appoint the panel. `company`: the e-mail address of the trader's
    representative. `tells`: returns whether a call task is the user's. `said`: returns all words of an entry.
    `who`: the staff member. `obligation`: the obligation that the form is about."""

    names: Mapping[str, str] = field(default_factory=dict)
    words: Callable[[int], str] = lambda n: ""
    now: datetime | None = None
    party: str = ""
    teams: frozenset[str] = frozenset()
    handled: Callable[[], Collection[str]] = tuple
    company: str = ""
    tells: Callable[[CallTask], bool] = lambda telling: True
    said: Callable[[int], Mapping[str, Any]] = lambda n: {}
    who: str = ""
    obligation: str = ""


@frozen
class Asking:
    """The context of a form: its move, case, language, roster, and user."""

    move: str
    head: Case | None
    language: str
    roster: Roster
    seen: Seen

    @property
    def case(self) -> Case:
        """Return the case of the form, which must have one."""
        assert self.head, "only what is on a case can be chosen"
        return self.head

    def text(self, name: str, **slots: Any) -> str:
        """Return a sentence of the forms with its slots filled."""
        return str(texts(self.language)["page"]["form"][name]).format(**slots)

    def person(self, party: Party) -> str:
        """Return a party's name if the user may know it, else their number on the case; and their role."""
        called = self.seen.names.get(party.id) or self.text("person", n=self.case.parties.index(party) + 1)
        return f"{called} · {label(self.language, party.role.code, 'role')}"

    def bound(self, id: str) -> str:
        """Return the name of a party to an agreement: a person on the case, the trader, the mediator."""
        if id == BUSINESS:
            return self.text("company")
        if id == MEDIATOR:
            member = self.roster.member(self.case.mediator or "")
            return " · ".join(
                [*([member.name] if member else []), label(self.language, Role.MEDIATOR.code, "role")]
            )
        return self.person(self.case.party(id))

    def team(self, id: str) -> str:
        """Return the name of a team, else its id."""
        return self.roster.teams[id].label.get(self.language, id) if id in self.roster.teams else id

    @property
    def side(self) -> Side | None:
        """Return the side of the party who fills in the form; None for staff, who record for either side."""
        return next((party.side for party in self.case.parties if party.id == self.seen.party), None)

    def mine(self, party: Party) -> bool:
        """Return whether a party is the user or one of the user's representatives. For staff, return True."""
        return self.seen.party in ("", party.id, party.represents)


def matter_called(language: str, n: int, matter: Matter) -> str:
    """Return a matter's number, type and sub-type."""
    about = {
        "type": label(language, matter.type, "type"),
        "sub_type": label(language, matter.sub_type, "sub_type", matter.type),
    }
    return str(texts(language)["page"]["form"]["matter"].format(n=n, **about))


def obligation_called(language: str, obligation: Obligation, now: datetime | None = None) -> str:
    """Return an obligation's number, kind, amount, due date and state. With `now`, the state is that of the
    day."""
    said = [
        obligation.id,
        label(language, obligation.kind, "obligation_kind"),
        *([money(language, obligation.amount)] if obligation.amount is not None else []),
        until_called(language, obligation),
        label(language, obligation.state_on(published().day_of(now)) if now else obligation.state, "duty"),
    ]
    return " · ".join(said)


def until_called(language: str, obligation: Obligation | Owed) -> str:
    """Return the due date of an obligation: a day, or a number of days after another obligation."""
    form = texts(language)["page"]["form"]
    if obligation.by is None and isinstance(obligation, Obligation) and obligation.term:
        return str(form["after"].format(after=obligation.after, days=obligation.term.days))
    return str(form["until"].format(day=date_called(language, obligation.by))) if obligation.by else ""


def offer_called(language: str, offer: Offer) -> str:
    """Return an offer's number, side and amount."""
    amount = [money(language, offer.amount)] if offer.amount is not None else []
    return " · ".join([offer.id, label(language, offer.side, "side"), *amount])


def date_called(language: str, when: date) -> str:
    """Return a date with its weekday."""
    return day(language, datetime.combine(when, time(), SHANGHAI), end=False)
