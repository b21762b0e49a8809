"""Who fills in which form, and how things on a case are called there."""

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
    """A choice: its code, its label, a sentence beside it, the heading it stands under, and everyday words by
    which people look for it in a long list."""

    code: str
    label: str
    note: str = ""
    under: str = ""
    search: str = ""

    @classmethod
    def of(cls, code: str, *said: str | None) -> "Option":
        """A choice that is called by several things, without those that are not known."""
        return cls(code, " · ".join(filter(None, said)))

    @property
    def item(self) -> dict[str, Any]:
        """The choice as GOV.UK's macros take it."""
        return {"value": self.code, "text": self.label, "hint": {"text": self.note} if self.note else None}


@frozen
class Seen:
    """What whoever fills in a form may see beside the case's head: names by party, the first words of an
    entry, and what time it is.

    `party`: a party fills it in, and only what is theirs is offered; `teams`: the teams of staff; `handled`:
    who sits on no panel, since they have handled the case, or appoint it; `company`: the e-mail address of
    who speaks for the company; `tells`: what is theirs to tell; `said`: all that an entry says; `who`: the
    member of staff; `obligation`: the one the form is about."""

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
    """A form being made: of which move, on which case, in what language, for whom."""

    move: str
    head: Case | None
    language: str
    roster: Roster
    seen: Seen

    @property
    def case(self) -> Case:
        """The case that the form is about."""
        assert self.head, "only what is on a case can be chosen"
        return self.head

    def text(self, name: str, **slots: Any) -> str:
        """A sentence of the forms."""
        return str(texts(self.language)["page"]["form"][name]).format(**slots)

    def person(self, party: Party) -> str:
        """A party by name where the reader may know it, else by their place on the case, and in what role."""
        called = self.seen.names.get(party.id) or self.text("person", n=self.case.parties.index(party) + 1)
        return f"{called} · {label(self.language, party.role.code, 'role')}"

    def bound(self, id: str) -> str:
        """Somebody as an agreement names them: a person on the case, the company, the mediator."""
        if id == BUSINESS:
            return self.text("company")
        if id == MEDIATOR:
            member = self.roster.member(self.case.mediator or "")
            return " · ".join(
                [*([member.name] if member else []), label(self.language, Role.MEDIATOR.code, "role")]
            )
        return self.person(self.case.party(id))

    def team(self, id: str) -> str:
        """A team by its name."""
        return self.roster.teams[id].label.get(self.language, id) if id in self.roster.teams else id

    @property
    def side(self) -> Side | None:
        """The side of the party who fills in the form; staff write down for either."""
        return next((party.side for party in self.case.parties if party.id == self.seen.party), None)

    def mine(self, party: Party) -> bool:
        """Whether somebody belongs to whoever fills in the form: themselves, or who speaks for them; to staff
        everybody does."""
        return self.seen.party in ("", party.id, party.represents)


def matter_called(language: str, n: int, matter: Matter) -> str:
    """A matter by its number and what it is about."""
    about = {
        "type": label(language, matter.type, "type"),
        "sub_type": label(language, matter.sub_type, "sub_type", matter.type),
    }
    return str(texts(language)["page"]["form"]["matter"].format(n=n, **about))


def obligation_called(language: str, owed: Obligation, now: datetime | None = None) -> str:
    """A promise by its number, what it is, by when, and how it stands today, where the time
    is known."""
    said = [
        owed.id,
        label(language, owed.kind, "obligation_kind"),
        *([money(language, owed.amount)] if owed.amount is not None else []),
        until_called(language, owed),
        label(language, owed.stands(published().day_of(now)) if now else owed.state, "duty"),
    ]
    return " · ".join(said)


def until_called(language: str, owed: Obligation | Owed) -> str:
    """By when something is owed: a day, or so many days after another promise."""
    form = texts(language)["page"]["form"]
    if owed.by is None and isinstance(owed, Obligation) and owed.term:
        return str(form["after"].format(after=owed.after, days=owed.term.days))
    return str(form["until"].format(day=date_called(language, owed.by))) if owed.by else ""


def offer_called(language: str, offer: Offer) -> str:
    """An offer by its number, whose it is, and the money in it."""
    amount = [money(language, offer.amount)] if offer.amount is not None else []
    return " · ".join([offer.id, label(language, offer.side, "side"), *amount])


def date_called(language: str, when: date) -> str:
    """A date with its weekday."""
    return day(language, datetime.combine(when, time(), SHANGHAI), end=False)
