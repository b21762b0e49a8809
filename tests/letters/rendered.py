"""A case that renders each letter as moves create it."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import pytest

from chalicelib.access.links import Links
from chalicelib.cases.casework import Dossier
from chalicelib.delivery.slots import Slots
from chalicelib.domain.engine.deadlines import deadlines, due
from chalicelib.domain.model.case import Case
from chalicelib.domain.model.change import Change, OwedLetter
from chalicelib.domain.timeline import canonical
from chalicelib.letters import render
from chalicelib.locale import formats
from tests.domain.life import Life
from tests.letters.sample import FORBIDDEN

BOTH = pytest.mark.parametrize("language", formats.LANGUAGES)


class SameLinks(Links):
    """Makes the same links and passphrases on each run."""

    def __init__(self) -> None:
        """Take no keys, because nothing is computed."""

    def path(self, ref: str, party: str, generation: int) -> str:
        """Return a link that names the case and the party."""
        return f"/case/{ref}/{party}"

    def phrase(self, ref: str, party: str, generation: int) -> str:
        """Return a passphrase that is the same for everybody."""
        return "phrase"

    def proof(self, ref: str, party: str, address: str) -> str:
        """Return a token that names the party."""
        return f"{party}-1-abcdef"

    def question_path(self, ref: str, question: str, who: str) -> str:
        """Return a link that names the question."""
        return f"/question/{ref}/{question}"


class RenderedLife(Life):
    """A complaint whose letters are rendered in both languages when a move creates them."""

    def __init__(self, *args: Any, **said: Any) -> None:
        self.texts: list[tuple[str, str, str, str]] = []
        super().__init__(*args, **said)

    def keep(self, change: Change) -> Change:
        """Render the letters of a change, at the moment of its move."""
        super().keep(change)
        for letter in change.letters:
            slots = self.slots(change.case, letter)
            for language in formats.LANGUAGES:
                subject, text, *_ = render(letter.name, language, slots, mailed=False)
                assert not [word for word in FORBIDDEN if word in f"{subject}{text}".lower()]
                self.texts.append((letter.key, letter.to, language, f"{subject}\n{text}"))
        return change

    def slots(self, case: Case, letter: OwedLetter) -> dict[str, Any]:
        """Return the slots of a letter, from its row and the case."""
        row = {
            **asdict(letter),
            "due": due(case),
            "promised": case.promised,
            "stage": case.stage,
            "outcome": case.outcome,
            "decided": [(matter.accepted, matter.ground) for matter in case.matters],
        }
        dossier = Dossier(case, json.loads(canonical(self.people)), tuple(self.entries))
        return Slots(
            dossier,
            json.loads(canonical(row)),
            self.roster,
            self.time,
            "https://redress.example",
            SameLinks,
            self.roster.member(letter.to[6:]) if letter.to.startswith("staff:") else None,
        ).all()

    def text(self, key: str, language: str = "zh", to: str = "") -> str:
        """Return the latest letter with this key."""
        return next(
            text
            for name, address, spoken, text in reversed(self.texts)
            if name.partition("@")[0] == key and spoken == language and address.startswith(to)
        )

    def until(self, key: str, language: str) -> str:
        """Return the end of a running deadline as text."""
        return formats.moment(
            language,
            next(run.due for run in deadlines(self.case).values() if run.key.startswith(key) and run.due),
        )


def rendered_life(**said: Any) -> RenderedLife:
    """Return a complaint under investigation."""
    life = RenderedLife(**said)
    life.take("accept", "wang")
    life.take("take", "zhao")
    return life
