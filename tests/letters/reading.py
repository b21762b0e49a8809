"""Checks of a rendered letter, and the branches worth rendering."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import Any

from jinja2 import meta, nodes

from chalicelib.letters import _environment, render
from tests.letters.sample import FORBIDDEN


def reads_whole(name: str, language: str, *branches: dict[str, Any]) -> None:
    """Check that a letter has no unfilled slot, code, forbidden word or broken markup in any of these
    branches. The mail is checked too, unless earlier branches have all lines of the text."""
    lines = set[str]()
    for filled in branches:
        letter = render(name, language, filled, mailed=False)
        _text_reads_whole(letter.subject, letter.text, filled["link"])
        if fresh := {*letter.text.replace(letter.digest, "").split("\n")} - lines:
            lines |= fresh
            _mail_reads_whole(render(name, language, filled).html, language)


def _text_reads_whole(subject: str, text: str, link: str) -> None:
    said = f"{subject}\n{text}".replace("天无理由", "").replace("日无理由", "")
    assert re.fullmatch(r"\S.*4821-0936-5174.*\S|\S.*4821-0936-5174", subject)
    assert not re.search(
        r"\{\{|\}\}|\{%|%\}|None|Undefined|\n\n\n|[，。：]{2}|  +\S|\.\.", said.replace("> \n", "")
    ), said
    assert not [word for word in FORBIDDEN if word in said.lower()]
    assert not re.search(r"(?<![\w/])[a-z]+_[a-z_]+", said.replace(link, "")), "a code shows"
    assert not re.search(r"\*\*|`", text)
    assert not re.search(r"\n[^\n]+\n[^\n]+\n----", text), "a heading runs on from what is above it"


def _mail_reads_whole(html: str, language: str) -> None:
    assert html.startswith(f'<!doctype html>\n<html lang="{"zh-CN" if language == "zh" else "en"}">')
    assert not re.search(r"\$|&lt;|<p></p>|\{\{", html)


@cache
def _named(template: str, language: str) -> frozenset[tuple[str, str]]:
    """Return the slots that a template and its included templates name, each with its part."""
    environment = _environment(language, False)
    tree = environment.parse(environment.loader.get_source(environment, template)[0])
    asked = {id(call.node): call.args[0] for call in tree.find_all(nodes.Call) if call.args}
    inside, found = set[int](), set[tuple[str, str]]()
    for node in tree.find_all(nodes.Getattr):
        if isinstance(node.node, nodes.Name):
            key = asked.get(id(node)) if node.attr == "get" else nodes.Const(node.attr)
            found.add((node.node.name, key.value if isinstance(key, nodes.Const) else ""))
            inside.add(id(node.node))
    found |= {(node.name, "") for node in tree.find_all(nodes.Name) if id(node) not in inside}
    return frozenset(found).union(
        *(_named(other, language) for other in meta.find_referenced_templates(tree) if other)
    )


def covering(name: str, language: str, branches: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the branches in which a letter can differ: one of each group whose named slots are equal."""
    templates = (
        f"{name}/{language}.md",
        *(f"parts/{part}.{language}.md" for part in ("bare", "inside", "party")),
    )
    asked = {("side", ""), ("link", ""), ("confirm", "")}  # the layout and the digest read these
    named = sorted(asked.union(*(_named(template, language) for template in templates)))

    def value(filled: dict[str, Any], slot: str, part: str) -> str:
        held = filled.get(slot)
        if callable(held):
            return repr(held.__code__)
        inside = held if isinstance(held, dict) else getattr(held, "__dict__", {})
        return repr(inside.get(part)) if part and inside else repr(held)

    return list({tuple(value(one, *each) for each in named): one for one in branches}.values())
