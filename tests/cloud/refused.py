"""An answer of the small AWS that is an error."""

from __future__ import annotations

from typing import Any


class Refused(Exception):
    """An answer of AWS that is an error: its code, its words, the status of its response and what else its
    body tells."""

    def __init__(self, code: str, message: str = "", status: int = 400, **more: Any) -> None:
        super().__init__(code)
        self.code, self.message, self.status, self.more = code, message, status, more
