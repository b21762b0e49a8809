"""The register of mediators: people from outside the company who can be asked to mediate. The register also
decides which of them fits a dispute."""

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
"""The most mediators in one uploaded file. The whole register holds only a few hundred, because it is stored
in one row of limited size."""
ENDS_SOON = timedelta(days=60)
"""A qualification that ends within this time is shown as ending soon, and the metric counts it."""

REMINDED = (14, 60)
"""How many days before the end of a qualification reminder letters are sent."""

Expertise = StrEnum("Expertise", ["ANY", *map(str.upper, TYPES)])  # type: ignore[misc]
"""What a mediator knows: one type of complaints, or `any` for all types."""


@frozen
class Mediator:
    """A mediator in the register. `id` is the subject that the identity provider gives them, as for staff.
    `body` is the mediation body to which they belong. `lawful`: that body is lawfully established (人民调解法 7-8,
    34); without this no court can confirm an agreement. `number` and `until` (the last day, local) belong to
    their qualification.

    `fields` are the types of complaints that they know. `employed` must be false. `ties` are their ties to
    the company or its partners; a mediator with a tie cannot be appointed. `past` is how many cases they had
    with the company before. A `suspended` mediator gets no new cases, but keeps the present cases.
    `qualification`: the name of their qualification. `experience`: their experience as a mediator.
    `languages`: the languages in which they mediate."""

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
        """Return whether the mediator knows all these types of complaints."""
        return "any" in self.fields or set(fields) <= {str(field) for field in self.fields}


@frozen
class Register:
    """All mediators. The key is the id of a mediator."""

    entries: Mapping[str, Mediator] = field(default_factory=dict)

    def member(self, id: str) -> Mediator | None:
        """Return the mediator with this id, or None if the register has none."""
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
        """Return the mediator with this id, if they can be appointed to a dispute. `fields` are the types of
        complaints in the dispute. `languages` are the languages that its people speak.

        Raises Refusal for the input field `at` if they cannot be appointed. The code is `mediator_` with
        unknown, suspended, expired, tied, unfit (they do not know a type of complaints) or language."""
        found = required(self.entries.get(id), "mediator_unknown", field=at)
        refuse_if(found.suspended, "mediator_suspended", field=at)
        refuse_if(found.until < today, "mediator_expired", field=at, until=found.until)
        refuse_if(found.ties or found.employed, "mediator_tied", field=at)
        refuse_if(not found.knows(fields), "mediator_unfit", field=at)
        refuse_if(not set(languages) <= set(found.languages), "mediator_language", field=at)
        return found

    def ending(self, today: date) -> tuple[Mediator, ...]:
        """Return the mediators whose qualification has ended or ends soon, the earliest end first. Suspended
        mediators are left out."""
        return tuple(
            sorted(
                (m for m in self.entries.values() if m.until < today + ENDS_SOON and not m.suspended),
                key=lambda m: m.until,
            )
        )

    def reminders(self, today: date) -> Iterator[tuple[Mediator, int]]:
        """Yield each mediator whose qualification ends within 60 days, paired with a number of days. The
        number is 14 if the qualification ends within 14 days, else 60. Suspended mediators are left out."""
        for mediator in self.ending(today + timedelta(days=1)):
            left = (mediator.until - today).days
            if left >= 0 and (near := next((days for days in REMINDED if left <= days), None)):
                yield mediator, near

    def entered(self, people: Sequence[Mediator]) -> Register:
        """Return the register with these mediators added. A mediator who is already in the register is
        updated."""
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
        """Return the register without this mediator. Raises Refusal `mediator_unknown` if the register does
        not have this id."""
        self._known(id)
        return replace(self, entries={other: person for other, person in self.entries.items() if other != id})

    def with_suspended(self, id: str, suspended: bool) -> Register:
        """Return the register with this mediator suspended, or no longer suspended if `suspended` is false.
        Raises Refusal `mediator_unknown` if the register does not have this id."""
        return replace(self, entries={**self.entries, id: replace(self._known(id), suspended=suspended)})

    def _known(self, id: str) -> Mediator:
        refuse_if(id not in self.entries, "mediator_unknown", field="who")
        return self.entries[id]


def register_faults(people: Sequence[Mediator], staff: Collection[str]) -> Iterator[tuple[int, str]]:
    """Yield what keeps these people from being registered together: the position of the person, and the code
    `repeated` or `employed`. `staff` are the ids of our staff and their e-mail addresses in small letters."""
    seen: set[str] = set()
    for n, person in enumerate(people):
        if person.id in seen:
            yield n, "repeated"
        if not {person.id, person.email.lower()}.isdisjoint(staff):
            yield n, "employed"
        seen.add(person.id)
