"""The context in which a form is shown, the options of a form, and texts that name the things on its case."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import field
from datetime import date, datetime
from typing import Any, NamedTuple

from chalicelib.domain.calendar import published
from chalicelib.domain.frozen import frozen, replace
from chalicelib.domain.model.case import Case, Party
from chalicelib.domain.model.case_records import BUSINESS, MEDIATOR, CallTask, Matter, Offer, Owed
from chalicelib.domain.model.codes import Role, Side
from chalicelib.domain.model.obligation import Obligation
from chalicelib.domain.roster import Roster
from chalicelib.locale.formats import date_called, label, money, texts


class Option(NamedTuple):
    """An option that a user can choose. `note`: a hint below the label. `under`: the heading of its group.
    `search`: everyday words by which people find it in a long list. `disabled`: the option is shown, and
    cannot be chosen; its label says why."""

    code: str
    label: str
    note: str = ""
    under: str = ""
    search: str = ""
    disabled: bool = False

    @classmethod
    def of(cls, code: str, *parts: str | None) -> Option:
        """Return an option with this code. Its label joins the `parts` with middle dots. Empty parts and None
        are left out."""
        return cls(code, " · ".join(filter(None, parts)))


@frozen
class Seen:
    """The data that the user of a form may see, besides the head of the case.

    `names`: the name of each party, by id. `words`: returns the first words of the entry with this number.
    `said` returns all words of the entry. `now`: the present time. `party`: the id of the party who fills in
    the form, empty for staff. `who`: the id of the staff member. `teams`: the teams of the staff member.

    `handled`: returns the ids of colleagues who cannot join the panel, because they handled the case or
    appoint the panel. `company`: the e-mail address of the trader's representative. `tells`: returns whether
    the user can take a call task. `obligation`: the id of the obligation that the form is about. `earlier`:
    returns the earlier cases of the same consumers. `shown`: returns what the form posts about the texts of
    letters that its page shows."""

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
    earlier: Callable[[], Collection[Case]] = tuple
    shown: Callable[[], Iterable[str]] = tuple

    @property
    def today(self) -> date:
        """Return the present day in China. Without a present time, it is the first day that there is."""
        return published().day_of(self.now) if self.now else date.min

    def about(self, obligation: str) -> Seen:
        """Return the same for a form that is about the obligation with this id."""
        return replace(self, obligation=obligation)


@frozen
class Asking:
    """The context of a form. `head`: the present state of the case; None for a complaint that is not filed
    yet. `roster`: needed for a field that names a colleague. `seen`: what the user may see; needed for a
    field that names a thing on the case."""

    move: str
    head: Case | None
    language: str
    roster: Roster = field(default_factory=Roster)
    seen: Seen = field(default_factory=Seen)

    @property
    def case(self) -> Case:
        """Return the present state of the case. The form must be about a case."""
        assert self.head, "only what is on a case can be chosen"
        return self.head

    def text(self, name: str, **slots: Any) -> str:
        """Return the text `name` of `page.form` in `locale/`. `slots`: the values for the gaps in the
        text."""
        return str(texts(self.language)["page"]["form"][name]).format(**slots)

    def person(self, party: Party) -> str:
        """Return a party's name and role as text. If the user may not know the name, the party's number on
        the case takes the place of the name."""
        called = self.seen.names.get(party.id) or self.text("person", n=self.case.parties.index(party) + 1)
        return f"{called} · {label(self.language, party.role.code, 'role')}"

    def bound(self, id: str) -> str:
        """Return the name of a party to an agreement. `id`: the id of a person on the case, BUSINESS for the
        trader, or MEDIATOR."""
        if id == BUSINESS:
            return self.text("company")
        if id == MEDIATOR:
            member = self.roster.member(self.case.mediator or "")
            return " · ".join(
                [*([member.name] if member else []), label(self.language, Role.MEDIATOR.code, "role")]
            )
        return self.person(self.case.party(id))

    def team(self, id: str) -> str:
        """Return the name of the team `id`, or `id` if the roster has no such team."""
        return self.roster.team_name(id, self.language)

    @property
    def side(self) -> Side | None:
        """Return the side of the party who fills in the form. Return None for staff, because they record
        moves for either side."""
        return next((party.side for party in self.case.parties if party.id == self.seen.party), None)

    def mine(self, party: Party) -> bool:
        """Return whether `party` is the user, or represents the user. Return True for every party if staff
        fill in the form."""
        return self.seen.party in ("", party.id, party.represents)


def matter_called(language: str, n: int, matter: Matter) -> str:
    """Return the number `n`, the type and the sub-type of a matter as text."""
    about = {
        "type": label(language, matter.type, "type"),
        "sub_type": label(language, matter.sub_type, "sub_type", matter.type),
    }
    return str(texts(language)["page"]["form"]["matter"].format(n=n, **about))


def obligation_called(language: str, obligation: Obligation, now: datetime | None = None) -> str:
    """Return a text that names an obligation by number, kind, amount, due date and state. `now`: the state is
    given as on this day. Without `now`, it is the stored state."""
    said = [
        obligation.id,
        label(language, obligation.kind, "obligation_kind"),
        *([money(language, obligation.amount)] if obligation.amount is not None else []),
        until_called(language, obligation),
        label(language, obligation.state_on(published().day_of(now)) if now else obligation.state, "duty"),
    ]
    return " · ".join(said)


def until_called(language: str, obligation: Obligation | Owed) -> str:
    """Return the due date of an obligation as text. It is a day, or a number of days after another obligation
    was performed. Return an empty string if the obligation has no due date."""
    form = texts(language)["page"]["form"]
    if obligation.by is None and isinstance(obligation, Obligation) and obligation.term:
        return str(form["after"].format(after=obligation.after, days=obligation.term.days))
    return str(form["until"].format(day=date_called(language, obligation.by))) if obligation.by else ""


def offer_called(language: str, offer: Offer) -> str:
    """Return a text that names an offer by number, the side that made the offer, and amount."""
    amount = [money(language, offer.amount)] if offer.amount is not None else []
    return " · ".join([offer.id, label(language, offer.side, "side"), *amount])
