"""The register of mediators: people from outside the company who can be asked to mediate. It says who of them
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
"""The most mediators in one uploaded file. The size of the register's row limits it to several hundred in
all."""
ENDS_SOON = timedelta(days=60)
"""How long before its end a qualification is shown as ending soon, and counted in the metric."""

REMINDED = (14, 60)
"""How many days before a qualification ends letters remind of it."""

Expertise = StrEnum("Expertise", ["ANY", *map(str.upper, TYPES)])  # type: ignore[misc]
"""What a mediator knows: a type of complaints, or `any`."""


@frozen
class Mediator:
    """A mediator in the register. `id` is the subject that the identity provider gives them, as for staff.

    `body`: the mediation body to which they belong. `lawful`: that body is lawfully established (人民调解法 7-8,
    34), without which no court can confirm an agreement. `number` and `until` (the last day, local) are those
    of their qualification. `fields`: the types of complaints that they know.

    `employed` must be false. `ties`: their ties to the company or its partners; with any they cannot be
    appointed. `past`: how many cases they had with the company before. A `suspended` mediator gets no new
    cases and goes on with the present ones."""

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
    """All mediators, by their id."""

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
        """Return the mediator with this id, if they can be appointed to a dispute about the types of
        complaints `fields`, with people who speak `languages`.

        Raises Refusal for the input field `at` otherwise: mediator_unknown, _suspended, _expired, _tied,
        _unfit (they do not know the types of complaints), _language."""
        found = required(self.entries.get(id), "mediator_unknown", field=at)
        refuse_if(found.suspended, "mediator_suspended", field=at)
        refuse_if(found.until < today, "mediator_expired", field=at, until=found.until)
        refuse_if(found.ties or found.employed, "mediator_tied", field=at)
        refuse_if(not found.knows(fields), "mediator_unfit", field=at)
        refuse_if(not set(languages) <= set(found.languages), "mediator_language", field=at)
        return found

    def ending(self, today: date) -> tuple[Mediator, ...]:
        """Return the mediators whose qualification has ended or ends soon, the earliest end first; without
        suspended ones."""
        return tuple(
            sorted(
                (m for m in self.entries.values() if m.until < today + ENDS_SOON and not m.suspended),
                key=lambda m: m.until,
            )
        )

    def reminders(self, today: date) -> Iterator[tuple[Mediator, int]]:
        """Yield each mediator whose qualification ends within 60 days, with 14 if it ends within 14 days,
        else with 60. Suspended mediators are left out."""
        for mediator in self.ending(today + timedelta(days=1)):
            left = (mediator.until - today).days
            if left >= 0 and (near := next((days for days in REMINDED if left <= days), None)):
                yield mediator, near

    def entered(self, people: Sequence[Mediator]) -> Register:
        """Return the register with these people added, or updated if it has them already."""
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
        """Return the register without this mediator. Raises Refusal `mediator_unknown`."""
        self._known(id)
        return replace(self, entries={other: person for other, person in self.entries.items() if other != id})

    def with_suspended(self, id: str, suspended: bool) -> Register:
        """Return the register with this mediator suspended, or with `suspended` false no longer. Raises
        Refusal `mediator_unknown`."""
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
