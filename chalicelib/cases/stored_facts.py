"""Reads back the facts of a move that a case stores as plain JSON."""

import json
from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter

from chalicelib.domain.engine.declare import MOVES


def reread(move: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the stored facts of a move, converted back to the types that the move's parameters have."""
    hints = {name: hint for name, (hint, _) in MOVES[move].parameters.items()}
    return {name: TypeAdapter(hints[name]).validate_json(json.dumps(value)) for name, value in facts.items()}
