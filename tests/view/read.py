"""Readers for the tests of views: house, staff, party and addressee."""

from __future__ import annotations

import json

from chalicelib.access.authorization import Caller
from chalicelib.cases.dossier import Dossier
from chalicelib.domain.model.codes import Role
from chalicelib.domain.timeline import canonical
from chalicelib.view.party import PartyReader
from chalicelib.view.reader import AddresseeReader, Reader
from chalicelib.view.staff import Staff
from tests.domain.life import Life


def dossier(life: Life) -> Dossier:
    """Return the case with its people and timeline as stored."""
    return Dossier(life.case, json.loads(canonical(life.people)), tuple(life.entries))


def house(life: Life) -> Reader:
    """Return the reader of an internal letter."""
    return Reader(dossier(life), life.time)


def staff(life: Life, role: Role, who: str = "x") -> Staff:
    """Return a member of the case's team in one role."""
    return Staff(dossier(life), life.time, Caller(who, role, frozenset({life.case.team})))


def party(life: Life, id: str = "p1") -> PartyReader:
    """Return a party who reads through their access link."""
    role = life.case.party(id).role
    return PartyReader(dossier(life), life.time, Caller(id, role, ref=life.case.ref, party=id))


def addressee(life: Life, id: str = "p1") -> AddresseeReader:
    """Return a party as the addressee of a letter."""
    return AddresseeReader(dossier(life), life.time, life.case.party(id))
