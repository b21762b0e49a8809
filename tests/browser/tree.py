"""The accessibility tree that Chromium builds of a page, which is what screen readers read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, NamedTuple

from playwright.sync_api import Page

OPERATED = frozenset(
    {"button", "link", "textbox", "searchbox", "checkbox", "radio", "combobox", "spinbutton"}
)
"""The roles of elements that people operate."""
NAMED = OPERATED | {"DisclosureTriangle", "image", "graphics-document", "navigation", "table", "progressbar"}
"""The roles of elements that must have a name, so that they can be found and told apart."""


class Node(NamedTuple):
    """A node of the tree: its role, its name, and its states and properties, such as `invalid`."""

    role: str
    name: str
    states: dict[str, Any]


def tree(page: Page) -> list[Node]:
    """Return the nodes of the page that a screen reader meets, in their order."""
    session = page.context.new_cdp_session(page)
    found = session.send("Accessibility.getFullAXTree")["nodes"]
    session.detach()
    return [
        Node(
            node["role"]["value"],
            node.get("name", {}).get("value", "").strip(),
            {one["name"]: one["value"].get("value") for one in node.get("properties", ())},
        )
        for node in found
        if not node.get("ignored") and "role" in node
    ]


def wrong_in_tree(page: Page) -> list[str]:
    """Return what a screen reader would stumble over: elements without a name, missing landmarks, headings
    out of order, and navigations of one name."""
    wrong = [*_faults(tree(page))]
    if wrong:  # Chromium completes the tree a moment after the page
        page.wait_for_timeout(1000)
        wrong = [*_faults(tree(page))]
    return wrong


def _faults(nodes: list[Node]) -> Iterator[str]:
    for node in nodes:
        if node.role in NAMED and not node.name:
            yield f"{node.role} without a name: {node.states}"
    roles = Counter(node.role for node in nodes)
    for role in ("main", "banner", "contentinfo"):
        if roles[role] != 1:
            yield f"{roles[role]} landmarks {role}"
    levels = [int(node.states["level"]) for node in nodes if node.role == "heading"]
    if levels.count(1) != 1:
        yield f"{levels.count(1)} headings of level 1"
    for above, below in pairwise(levels):
        if below > above + 1:
            yield f"a heading of level {below} below one of level {above}"
    for name, n in Counter(node.name for node in nodes if node.role == "navigation").items():
        if n > 1:
            yield f"{n} navigations with the name {name}"
    if len({node.name for node in nodes if node.role == "RootWebArea"}) != 1:
        yield "no title"


def node(page: Page, role: str, name: str) -> Node:
    """Return the node with this role whose name contains `name`."""
    found = [one for one in tree(page) if one.role == role and name in one.name]
    assert found, (role, name, [one.name for one in tree(page) if one.role == role])
    return found[0]
