"""The text of an HTML mail. Nothing is fetched, run or kept of it but its visible words.

`html.parser` is not used: in the supported versions of Python some inputs cost it quadratic time. Here each
character is looked at a fixed number of times."""

import re
from collections import Counter
from collections.abc import Callable
from html import unescape

VOID = re.compile(r"area|base|br|col|embed|hr|img|input|link|meta|param|source|track|wbr")
"""Elements that have no content, and so no end tag."""
UNSEEN = re.compile(
    r"applet|audio|canvas|head|iframe|math|noembed|object|option|script|select|style|svg|template|"
    r"textarea|title|video|xml"
)
"""Elements whose content is no text of the mail."""
RAW = frozenset({"script", "style", "textarea", "title"})
"""Elements whose content has no tags. It ends at the end tag of the element."""
BLOCKS = re.compile(
    r"address|article|aside|blockquote|body|center|dd|details|div|dl|dt|fieldset|figure|footer|form|"
    r"h1|h2|h3|h4|h5|h6|header|hr|html|legend|li|main|nav|ol|p|pre|section|table|tbody|tfoot|thead|"
    r"tr|ul"
)
"""Elements that begin and end a line."""
QUOTED = re.compile(r"(^|[\s_-])(gmail_quote|ntes-mailmaster-quote|yahoo_quoted|protonmail_quote)", re.I)
"""Classes of the elements in which mail programs put the mail that is answered."""
HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all|opacity\s*:\s*0(?![.\d])"
    r"|font-size\s*:\s*0(?![.\d])|max-height\s*:\s*0(?![.\d])",
    re.I,
)
"""Styles that make the content of an element invisible."""
NAME = re.compile(r"/?[a-zA-Z][a-zA-Z0-9:-]{0,40}")
ATTRIBUTE = re.compile(r"""([a-zA-Z-]{2,20}+)\s{0,9}+=\s{0,9}+(?:"([^"]*)"|'([^']*)'|([^\s"'>]++))""")
ENTITY = re.compile(r"&(#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});?")
VALUE = re.compile(r"""=\s{0,9}+(?:"[^"]*+"|'[^']*+'|(["']))""")
"""A quoted value in a tag. The group is set if the value is not closed."""
SPACES = re.compile(r"[ \t\r\n\f]+")
BLANKS = re.compile(r"\n(?:[> ]*\n){2,}")
LONGEST_TAG, LONGEST_STYLE = 10_000, 2_000
"""How many characters of a tag are searched for attributes, and of its style for what hides it."""
DEEPEST = 9
"""How many marks a line of a quoted quotation gets at most."""
HIDES, QUOTES = 1, 2
LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}
"""Small letters for capital ones of ASCII. `str.lower` can change the length of a text."""


def plain(html: str) -> str:
    """Return the visible words of an HTML text, with its line breaks. The lines of a quoted block begin with
    "> ". Scripts, styles, comments, pictures and hidden elements are left out."""
    made = _Text()
    at, absent = 0, set[str]()

    def find(what: str, start: int) -> int:
        """Return the place of `what` after `start`, or -1. What was once absent is not searched again."""
        found = -1 if what in absent else html.find(what, start)
        if found < 0:
            absent.add(what)
        return found

    lower = ""
    while (opening := find("<", at)) >= 0:
        made.words(html[at:opening])
        at = opening + 1
        if html.startswith("!--", at):
            end = find("-->", at)
            at = end + 3 if end >= 0 else at + 3
            continue
        named = NAME.match(html, at)
        if named or html.startswith(("!", "?"), at):
            end = _end(html, at, find)
            if end < 0:  # an unfinished tag: its words are kept
                continue
            name = named[0].lower() if named else ""
            made.tag(name, html[at : min(end, at + LONGEST_TAG)])
            at = end + 1
            if name in RAW:
                lower = lower or html.translate(LOWER)
                closing = -1 if f"</{name}" in absent else lower.find(f"</{name}", at)
                if closing >= 0:
                    at = closing
                else:
                    absent.add(f"</{name}")
                    made.tag(f"/{name}", "")
        else:
            made.words("<")
    made.words(html[at:])
    return made.read()


def _end(html: str, start: int, find: Callable[[str, int], int]) -> int:
    """Return the place of the ">" that ends the tag that begins at `start`, or -1. A ">" in a quoted value
    ends no tag, unless the quotation marks are never closed."""
    end = find(">", start)
    while end >= 0:
        open_mark = next((found[1] for found in VALUE.finditer(html, start, end) if found[1]), "")
        closing = find(open_mark, end) if open_mark else -1
        if closing < 0:
            break
        start = closing + 1
        further = find(">", start)
        if further < 0:
            break
        end = further
    return end


class _Text:
    """The text of an HTML text. `_open` holds the open elements, each with its effect: `HIDES`, `QUOTES` or
    0."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._line: list[str] = []
        self._open: list[tuple[str, int]] = []
        self._counts: Counter[str] = Counter()
        self._does: Counter[int] = Counter()

    def words(self, text: str) -> None:
        """Add the text between two tags."""
        if text and not self._does[HIDES]:
            text = ENTITY.sub(lambda found: unescape(found[0]), text).replace("\xa0", " ")
            if self._counts["pre"]:
                first, *others = text.split("\n")
                self._line.append(first)
                for line in others:
                    self._break()
                    self._line.append(line)
            else:
                self._line.append(SPACES.sub(" ", text))

    def tag(self, name: str, inside: str) -> None:
        """Take a tag: `name` is its name, with a slash before it for an end tag."""
        element = name.lstrip("/")
        if name == "br" or (any(self._line) and BLOCKS.fullmatch(element)):
            self._break()
        elif name in ("td", "th") and any(self._line):
            self._line.append(" ")
        if name.startswith("/"):
            self._close(element)
        elif name and not VOID.fullmatch(name) and not inside.endswith("/"):
            does = self._effect(name, inside)
            self._open.append((name, does))
            self._counts[name] += 1
            self._does[does] += 1

    def _effect(self, name: str, inside: str) -> int:
        if UNSEEN.fullmatch(name):
            return HIDES
        if name == "blockquote":
            return QUOTES
        found = {
            one[1].lower(): one[2] or one[3] or one[4] or ""
            for one in ATTRIBUTE.finditer(inside)
            if one[1].lower() in ("class", "style")
        }
        if HIDDEN.search(unescape(found.get("style", ""))[:LONGEST_STYLE]):
            return HIDES
        return QUOTES if QUOTED.search(found.get("class", "")) else 0

    def _close(self, element: str) -> None:
        """Close the element and those in it that were not closed. An end tag without an open element is left
        out."""
        while self._counts[element]:
            name, does = self._open.pop()
            self._counts[name] -= 1
            if does and any(self._line):
                self._break()
            self._does[does] -= 1
            if name == element:
                break

    def _break(self) -> None:
        line = "".join(self._line)
        self._line = []
        if not self._does[HIDES] or line.strip():
            line = line if self._counts["pre"] else line.strip(" ")
            self._lines.append("> " * min(self._does[QUOTES], DEEPEST) + line)

    def read(self) -> str:
        """Return the text."""
        self._break()
        return BLANKS.sub("\n\n", "\n".join(self._lines)).strip("\n")
