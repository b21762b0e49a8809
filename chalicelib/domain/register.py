"""The register of mediators: people from outside the company who may be asked to mediate, and their fitness
for a dispute."""

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
"""The most mediators of one file. The register itself is limited by the size of its row, to several
hundred."""
ENDS_SOON = timedelta(days=60)
"""The time before its end in which a qualification is shown as ending and counted in the metric."""

REMINDED = (14, 60)
"""The numbers of days before the end of a qualification at which a letter announces it."""

Expertise = StrEnum("Expertise", ["ANY", *map(str.upper, TYPES)])  # type: ignore[misc]
"""The types of complaints that a mediator knows, or any."""


@frozen
class Mediator:
    """A mediator as registered. `id` is the subject from their identity provider, as for staff.

    `body`: their mediation body; `lawful`: it is lawfully established (人民调解法 7-8, 34), which judicial
    confirmation requires. `number` and `until` (the last day, local) belong to their qualification.

    `employed` is required and must be false. `ties`: their ties to the company or its partners, which bar an
    appointment. `past`: earlier cases with the company. A `suspended` mediator gets no new cases; their
    present ones go on."""

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
        """Return whether their expertise covers all these types of complaints."""
        return "any" in self.fields or set(fields) <= {str(field) for field in self.fields}


@frozen
class Register:
    """All mediators by id."""

    entries: Mapping[str, Mediator] = field(default_factory=dict)

    def member(self, id: str) -> Mediator | None:
        """Return the mediator with this id, or None."""
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
        """Return the mediator if they can be appointed to a dispute about these types of complaints with
        people of these languages.

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
        """Return the mediators whose qualification has ended or ends soon, the earliest end first. Suspended
        ones are left out."""
        return tuple(
            sorted(
                (m for m in self.entries.values() if m.until < today + ENDS_SOON and not m.suspended),
                key=lambda m: m.until,
            )
        )

    def reminders(self, today: date) -> Iterator[tuple[Mediator, int]]:
        """Yield the mediators whose qualification ends within 60 or 14 days, each with the smaller number
        that applies. Suspended ones are left out."""
        for mediator in self.ending(today + timedelta(days=1)):
            left = (mediator.until - today).days
            if left >= 0 and (near := next((days for days in REMINDED if left <= days), None)):
                yield mediator, near

    def entered(self, people: Sequence[Mediator]) -> Register:
        """Return the register with these people added or updated."""
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
        """Return the register without this person. Raises Refusal."""
        self._known(id)
        return replace(self, entries={other: person for other, person in self.entries.items() if other != id})

    def with_suspended(self, id: str, suspended: bool) -> Register:
        """Return the register with this person suspended, or no longer suspended. Raises Refusal."""
        return replace(self, entries={**self.entries, id: replace(self._known(id), suspended=suspended)})

    def _known(self, id: str) -> Mediator:
        refuse_if(id not in self.entries, "mediator_unknown", field="who")
        return self.entries[id]


def faults(people: Sequence[Mediator], staff: Collection[str]) -> Iterator[tuple[int, str]]:
    """Yield the position and the code of each fault that keeps people from being registered together.
    `staff`: the ids of our staff, and their e-mail addresses in small letters."""
    seen: set[str] = set()
    for n, person in enumerate(people):
        if person.id in seen:
            yield n, "repeated"
        if not {person.id, person.email.lower()}.isdisjoint(staff):
            yield n, "employed"
        seen.add(person.id)
