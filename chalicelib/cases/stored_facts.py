"""Facts of a move that were kept on a case as plain data."""

import json
from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter

from chalicelib.domain.engine.declare import MOVES


def reread(move: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return facts that were kept as JSON, in the types of their move's parameters."""
    hints = {name: hint for name, (hint, _) in MOVES[move].parameters.items()}
    return {name: TypeAdapter(hints[name]).validate_json(json.dumps(value)) for name, value in facts.items()}
