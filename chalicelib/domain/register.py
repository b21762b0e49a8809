"""The register of mediators: outside people whom both sides can trust, with what qualifies each of them and until when."""
from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date

from chalicelib.domain.case import Refusal
from chalicelib.domain.codes import Language


@dataclass(frozen=True)
class Mediator:
    """A mediator: `id` is the subject that they sign in as. `lawful`: their body is lawfully established, so that a court can confirm what
    is reached with it. No `fields` means any."""

    id: str
    name: str
    email: str
    body: str
    lawful: bool
    qualification: str
    number: str
    until: date
    phone: str = ""
    experience: str = ""
    fields: tuple[str, ...] = ()
    languages: tuple[Language, ...] = (Language.ZH,)
    ties: str = ""
    suspended: bool = False


@dataclass(frozen=True)
class Register:
    """All mediators by id."""

    mediators: Mapping[str, Mediator] = field(default_factory=dict)

    def fit(self, id: str, *, fields: Collection[str], languages: Collection[Language], today: date) -> Mediator:
        """The mediator, if they can be appointed to a case of these fields with people of these languages. Raises Refusal."""
        found = self.mediators.get(id)
        if found is None:
            raise Refusal("mediator_unknown", field="mediator")
        wrong = {"mediator_suspended": found.suspended, "mediator_expired": found.until < today, "mediator_tied": bool(found.ties),
                 "mediator_unfit": bool(found.fields) and not set(fields) <= set(found.fields),
                 "mediator_language": not set(languages) <= set(found.languages)}
        if code := next((code for code, is_so in wrong.items() if is_so), None):
            raise Refusal(code, field="mediator")
        return found
