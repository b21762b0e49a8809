"""What every letter must be to read well."""

from __future__ import annotations

import re
from typing import Any

from chalicelib.letters import render
from tests.letters.sample import FORBIDDEN


def reads_whole(name: str, language: str, filled: dict[str, Any]) -> None:
    """Nothing is left over or shows that people should not read."""
    subject, text, html, *_ = render(name, language, filled)
    said = f"{subject}\n{text}".replace("天无理由", "").replace("日无理由", "")
    assert re.fullmatch(r"\S.*4821-0936-5174.*\S|\S.*4821-0936-5174", subject)
    assert not re.search(
        r"\{\{|\}\}|\{%|%\}|None|Undefined|\n\n\n|[，。：]{2}|  +\S|\.\.", said.replace("> \n", "")
    ), said
    assert not [word for word in FORBIDDEN if word in said.lower()]
    assert not re.search(r"(?<![\w/])[a-z]+_[a-z_]+", said.replace(filled["link"], "")), "a code shows"
    assert html.startswith(f'<!doctype html>\n<html lang="{"zh-CN" if language == "zh" else "en"}">')
    assert not re.search(r"\$|&lt;|<p></p>|\{\{", html)
    assert not re.search(r"\*\*|`", text)
