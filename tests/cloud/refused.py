"""An error as an answer of the small AWS."""

from __future__ import annotations

from typing import Any


class Refused(Exception):
    """An error answer of AWS: its code, its message, its status and further content of its body."""

    def __init__(self, code: str, message: str = "", status: int = 400, **more: Any) -> None:
        super().__init__(code)
        self.code, self.message, self.status, self.more = code, message, status, more
