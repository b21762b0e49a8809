"""The register of mediators: people from outside the company who may be asked to mediate, and who of them
fits a dispute."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import field
from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated

from chalicelib.domain.frozen import frozen, replace
from chalicelib.domain.model.case import refuse_if, required
from chalicelib.domain.model.codes import TYPES, Language
from chalicelib.domain.model.field_marks import Denied, Email, Name, Needed, Number, OfficePhone, Short

MOST = 500
"""How many mediators one file may name; the register itself may hold as many as fit into its row, which are
several hundred."""
ENDS_SOON = timedelta(days=60)
"""A qualification that ends within this time is shown as ending and counted in the metric."""

REMINDED = (14, 60)
"""How many days before a qualification ends a letter says so."""

Expertise = StrEnum("Expertise", ["ANY", *map(str.upper, TYPES)])  # type: ignore[misc]
"""What somebody mediates: certain types of complaints, or any."""


@frozen
class Mediator:
    """A mediator as they are registered; `id` is the subject their identity provider gives them, as for
    staff.

    `body`: the mediation body they belong to; `lawful`: it is lawfully established (人民调解法 7-8, 34), without
    which no judicial confirmation can be offered. `number` and `until` (the last day, local) are those of
    their qualification. `employed` must be said, and must be false. `ties`: what ties them to the company or
    its partners; while there is anything they are not appointed. `past`: cases they had with the company
    before. Whoever is `suspended` is not appointed until further notice; cases they have go on."""

    id: str
    name: Name
    email: Email
    body: Short
    lawful: bool
    qualification: Short
    number: Short
    until: date
    experience: Short
    fields: Annotated[tuple[Expertise, ...], Needed()]
    languages: Annotated[tuple[Language, ...], Needed()]
    employed: Annotated[bool, Denied()]
    phone: OfficePhone | None = None
    ties: Short | None = None
    past: Annotated[int, Number(0, 9_999)] = 0
    suspended: bool = False

    def knows(self, fields: Collection[str]) -> bool:
        """Whether their expertise covers all these types of complaints."""
        return "any" in self.fields or set(fields) <= {str(field) for field in self.fields}


@frozen
class Register:
    """All mediators by id."""

    entries: Mapping[str, Mediator] = field(default_factory=dict)

    def member(self, id: str) -> Mediator | None:
        """The mediator with this id."""
        return self.entries.get(id)

    def fit(
        self,
        id: str,
        *,
        fields: Collection[str],
        languages: Collection[str],
        today: date,
        at: str = "mediator",
    ) -> Mediator:
        """The mediator, if they can be appointed to a dispute about these types of complaints with people of
        these languages.

        Raises Refusal, which points at the field `at`: mediator_unknown, _suspended, _expired, _tied, _unfit
        (the field), _language."""
        found = required(self.entries.get(id), "mediator_unknown", field=at)
        refuse_if(found.suspended, "mediator_suspended", field=at)
        refuse_if(found.until < today, "mediator_expired", field=at, until=found.until)
        refuse_if(found.ties or found.employed, "mediator_tied", field=at)
        refuse_if(not found.knows(fields), "mediator_unfit", field=at)
        refuse_if(not set(languages) <= set(found.languages), "mediator_language", field=at)
        return found

    def ending(self, today: date) -> tuple[Mediator, ...]:
        """Whose qualification has ended or ends soon, the first to end first; not those who are suspended
        anyway."""
        return tuple(
            sorted(
                (m for m in self.entries.values() if m.until < today + ENDS_SOON and not m.suspended),
                key=lambda m: m.until,
            )
        )

    def reminders(self, today: date) -> Iterator[tuple[Mediator, int]]:
        """Whose qualification ends within 60 or 14 days, each with the nearer of the two that has come; not
        those who are suspended."""
        for mediator in self.ending(today + timedelta(days=1)):
            left = (mediator.until - today).days
            if left >= 0 and (near := next((days for days in REMINDED if left <= days), None)):
                yield mediator, near

    def entered(self, people: Sequence[Mediator]) -> Register:
        """The register with these people added, or replaced by what is said of them now."""
        return replace(
            self,
            entries={
                **self.entries,
                **{
                    person.id: replace(self.entries.get(person.id, person), **vars(person))
                    for person in people
                },
            },
        )

    def struck(self, id: str) -> Register:
        """The register without this person."""
        self._known(id)
        return replace(self, entries={other: person for other, person in self.entries.items() if other != id})

    def with_suspended(self, id: str, suspended: bool) -> Register:
        """The register with this person suspended, or no longer suspended."""
        return replace(self, entries={**self.entries, id: replace(self._known(id), suspended=suspended)})

    def _known(self, id: str) -> Mediator:
        refuse_if(id not in self.entries, "mediator_unknown", field="who")
        return self.entries[id]


def faults(people: Sequence[Mediator], staff: Collection[str]) -> Iterator[tuple[int, str]]:
    """What keeps people from being entered together: position and code. `staff`: ids, and e-mail addresses in
    small letters, of who works here."""
    seen: set[str] = set()
    for n, person in enumerate(people):
        if person.id in seen:
            yield n, "repeated"
        if not {person.id, person.email.lower()}.isdisjoint(staff):
            yield n, "employed"
        seen.add(person.id)
