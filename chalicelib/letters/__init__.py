"""Letters: a folder per letter with its text in each language. This package only renders: it sends and
decides nothing.

A text is Markdown with slots; its first line is the subject. The value of a slot is plain words. It goes into
the text part unchanged and into the html part escaped, so that a person's own words cannot become markup.

`chalicelib/delivery/slots.py` makes the slots from views. `due.NAME` is the date of `[deadline.NAME]` in
`domain/policy/*.toml`. There `take` gives the effect of silence, and `source` the law or paper that the
deadline follows. Of several runs of one name, `due.NAME` is that of the reader or of the letter's subject.

`parts/` holds the layouts (`party`, `inside`, and `mail.html` around the html part) and text that several
letters share. A line that ends with a block tag runs on into the next: leave one more empty line after it
where a paragraph ends.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from functools import cache, partial
from hashlib import sha256
from html import escape
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any, NamedTuple

from chalicelib.domain.model.letters import letter_of
from chalicelib.domain.reference import shown
from chalicelib.locale import formats
from chalicelib.locale.lengths import under

if TYPE_CHECKING:
    from jinja2 import Environment

HERE = Path(__file__).parent
PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
SECRET = re.compile(r"https?://\S+?/(?:case|address)/\d+/[\w-]+")
"""An access link, or a link that confirms an address, in the text of a letter."""
TAGS = {"zh": "zh-CN", "en": "en"}
"""The language tags for browsers."""
MOST_SHOWN = 110
"""The most characters of a letter's beginning that mail programs show next to its subject."""
UNDIGESTED = "0" * 64
"""The placeholder for the digest of a letter."""


class Attachment(NamedTuple):
    """A file that goes with a letter. `media_type` includes its parameters."""

    name: str
    media_type: str
    content: bytes


class Rendered(NamedTuple):
    """A letter ready to send.

    `text` is also the script for a call. `digest` (sha256, hex) covers subject and text, with zeros in place
    of the digest. It omits the links that belong to the reader alone. `short`: the text of its short message,
    if it leaves as one. `company`: the company in whose name it is sent.
    """

    subject: str
    text: str
    html: str
    attachments: tuple[Attachment, ...] = ()
    digest: str = ""
    short: str = ""
    company: str = ""


class Markdown(str):
    """Text that is Markdown already and is inserted unchanged."""


def without_links(text: str) -> str:
    """Return a letter's text for storage and display, without the links that belong to its reader alone. The
    holder of such a link can act as the recipient, or confirm an address for them. Only the mail itself
    contains the links."""
    return SECRET.sub("…", text)


def abroad(name: str) -> bool:
    """Return whether a letter goes to people outside the company, who may want to verify it."""
    return letter_of(name).to != "staff"


def render(
    name: str, language: str, slots: Mapping[str, Any], company: str = "", *, mailed: bool = True
) -> Rendered:
    """Render one letter in the name of this company. A letter that is not mailed, but read on a page or by
    phone, has no html. Erased words are None or missing. Raise jinja2.UndefinedError if a slot is missing."""
    words = defaultdict(lambda: None, slots["words"] or {})
    filled = {**slots, "company": company, "digest": UNDIGESTED, "words": words}
    subject, text, first = _fill(name, language, filled, html=False)
    digest = _digest(f"{subject}\n{text}", slots)
    letter = Rendered(subject, text.replace(UNDIGESTED, digest), "", digest=digest, company=company)
    if not mailed:
        return letter
    _, source, _ = _fill(name, language, filled, html=True)
    service = formats.texts(language)["page"]["common"]["service"]
    page = {
        "language": TAGS[language],
        "subject": escape(subject),
        "first": "" if letter_of(name).bare else escape(first),
        "from": " · ".join(escape(one) for one in dict.fromkeys((company, service)) if one),
        "body": str(_markdown(language)(source)),
    }
    return letter._replace(html=_page().substitute(page).replace(UNDIGESTED, digest))


def _digest(text: str, slots: Mapping[str, Any]) -> str:
    for link in filter(None, (slots["link"], slots.get("confirm"))):
        text = text.replace(link, "")
    return sha256(text.encode()).hexdigest()


def _fill(name: str, language: str, slots: Mapping[str, Any], *, html: bool) -> tuple[str, str, str]:
    """Return the subject and the Markdown of a letter in its layout, and the beginning of its own text. Mail
    programs show that beginning next to the subject."""
    environment = _environment(language, html)
    subject, _, body = environment.get_template(f"{name}/{language}.md").render(slots).partition("\n")
    # Staff decide on requests of the company and tell it the result, so it gets the party layout. The
    # mediator reads letters to both sides at the desk, in the inside layout.
    declared = letter_of(name)
    inside = slots["side"] is None or (declared.to != "party" and slots["side"] != "business")
    part = "bare" if declared.bare else "inside" if inside else "party"
    layout = environment.get_template(f"parts/{part}.{language}.md")
    text = layout.render(slots, body=Markdown(body.strip()), letter=name)
    first = " ".join(body.strip().partition("\n\n")[0].split())[:MOST_SHOWN]
    return subject, re.sub(r"\n{3,}", "\n\n", text).strip() + "\n", first


@cache
def _environment(language: str, html: bool) -> Environment:
    # This import is local, since it takes 30 ms of a cold start and only rendering needs it.
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    put = _escaped if html else _plain
    environment = Environment(
        loader=FileSystemLoader(HERE),
        undefined=StrictUndefined,
        finalize=put,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    said = (
        *(formats.label, formats.choice, formats.clause, formats.money),
        *(formats.day, formats.moment, formats.late, formats.moved),
        under,
    )
    environment.filters |= {say.__name__: partial(say, language) for say in said}
    environment.filters |= {
        "quote": partial(_quote, language, html),
        "link": partial(_link, language, html),
        "number": shown,
    }
    return environment


def _plain(value: Any) -> str:
    """Return words unchanged, in one line: a line break in a name must not end a subject or a list."""
    if value is None:
        raise ValueError("a slot that a letter prints is empty")
    return value if isinstance(value, Markdown) else " ".join(str(value).split())


def _escaped(value: Any) -> str:
    return value if isinstance(value, Markdown) else PUNCTUATION.sub(r"\\\1", _plain(value))


def _quote(language: str, html: bool, words: str | None) -> Markdown:
    """Return a person's own words as a quotation that keeps its lines."""
    lines = (words or formats.texts(language)["words"]["erased"]).strip().splitlines()
    return Markdown(
        "  \n".join(f"> {_escaped(line)}" for line in lines)
        if html
        else "\n".join(f"> {line}" for line in lines)
    )


def _link(language: str, html: bool, url: str, words: str) -> Markdown:
    """Return a link: by its words in html, with its address at the end of the line in text."""
    return Markdown(
        f"[{words}]({_escaped(url)})" if html else f"{words}{'：' if language == 'zh' else ': '}{_plain(url)}"
    )


@cache
def _markdown(language: str) -> Callable[[str], Any]:
    import mistune

    from chalicelib.letters.mail import Mail

    return mistune.create_markdown(renderer=Mail(language))


@cache
def _page() -> Template:
    return Template((HERE / "parts" / "mail.html").read_text("utf-8"))
