"""Who reads a life: everybody in whose eyes a case can look different."""

from __future__ import annotations

import json

from chalicelib.access.authorization import Caller
from chalicelib.cases.dossier import Dossier
from chalicelib.domain.model.codes import Role
from chalicelib.domain.timeline import canonical
from chalicelib.view.party import PartyReader
from chalicelib.view.reader import Addressee, Reader
from chalicelib.view.staff import Staff
from tests.domain.life import Life


def dossier(life: Life) -> Dossier:
    """The case as it is kept."""
    return Dossier(life.case, json.loads(canonical(life.people)), tuple(life.entries))


def house(life: Life) -> Reader:
    """Whom a letter inside the house is for."""
    return Reader(dossier(life), life.time)


def staff(life: Life, role: Role, who: str = "x") -> Staff:
    """A member of the case's team in one role."""
    return Staff(dossier(life), life.time, Caller(who, role, frozenset({life.case.team})))


def party(life: Life, id: str = "p1") -> PartyReader:
    """Somebody on the case, by their link."""
    role = life.case.party(id).role
    return PartyReader(dossier(life), life.time, Caller(id, role, ref=life.case.ref, party=id))


def addressee(life: Life, id: str = "p1") -> Addressee:
    """Somebody on the case, as they are written to."""
    return Addressee(dossier(life), life.time, life.case.party(id))
