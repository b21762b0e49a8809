"""Mediators for the register."""

from __future__ import annotations

from datetime import date
from typing import Any

from chalicelib.domain.model.codes import Language
from chalicelib.domain.register import Expertise, Mediator

ZH, EN = Language.ZH, Language.EN


def mediator(id: str = "ma", **changes: Any) -> Mediator:
    """Return a mediator of a lawfully established body, with every field and language."""
    return Mediator(
        **{
            "id": id,
            "name": "马静",
            "email": f"{id}@mediation.example",
            "body": "市人民调解委员会",
            "lawful": True,
            "qualification": "人民调解员",
            "number": "沪调0001",
            "until": date(2027, 12, 31),
            "experience": "15年消费纠纷调解",
            "fields": (Expertise("any"),),
            "languages": (ZH, EN),
            "employed": False,
            **changes,
        }
    )
