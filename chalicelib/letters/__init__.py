"""Letters: a folder per letter with its text in each language. Rendering only: nothing is sent and nothing is
decided here.

A text is Markdown with slots; its first line is the subject. What fills a slot is taken as plain words: it
goes into the text part as it is and into the html part escaped, so that nobody's own words become markup.
Slots are made in `chalicelib/delivery/slots.py` of views; `due.NAME` is the date of
`[deadline.NAME]` in `domain/policy/*.toml`, where its `take` says what silence means and `source` which law
or paper it follows; of several that run by one name, that of the reader or of what the letter is about.
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

if TYPE_CHECKING:
    from jinja2 import Environment

HERE = Path(__file__).parent
PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
SECRET = re.compile(r"https?://\S+?/(?:case|address)/\d+/[\w-]+")
"""An access link, or one that confirms an address, as it stands in a letter."""
TAGS = {"zh": "zh-CN", "en": "en"}
"""Languages as a browser is told of them."""
MOST_SHOWN = 110
"""How many characters of a letter's beginning mail programs show at most beside its subject."""
UNDIGESTED = "0" * 64
"""What stands in a letter where its digest will stand."""


class Attachment(NamedTuple):
    """A file that goes with a letter; its media type with its parameters."""

    name: str
    media_type: str
    content: bytes


class Rendered(NamedTuple):
    """A letter ready to send. `text` is also the script with which it is told on the phone; `digest` (sha256,
    hex) is that of subject and text as they stand without the links that are its reader's alone, with zeros
    in the digest's own place. `short` is what a short message says of it, where it leaves as one;
    `company` is in whose name it is sent."""

    subject: str
    text: str
    html: str
    attachments: tuple[Attachment, ...] = ()
    digest: str = ""
    short: str = ""
    company: str = ""


class Markdown(str):
    """Text that is Markdown already and goes in as it stands."""


def without_links(text: str) -> str:
    """A letter's text as it is kept and shown, without the links that are its reader's alone: whoever has one
    can act as the person it was sent to, or confirm an address for them. Only the mail itself has them."""
    return SECRET.sub("…", text)


def abroad(name: str) -> bool:
    """Whether a letter goes to people outside the company, who may want to verify that it is ours."""
    return letter_of(name).to != "staff"


def render(
    name: str, language: str, slots: Mapping[str, Any], company: str = "", *, mailed: bool = True
) -> Rendered:
    """Fill one letter, sent in the name of this company; one that is not mailed, but read on a page or by
    phone, has no html. Raises jinja2.UndefinedError when a slot is missing; words that were erased are None
    or left out."""
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
    """Subject and Markdown of a letter in its layout, and the beginning of its own text, which mail programs
    show beside the subject."""
    environment = _environment(language, html)
    subject, _, body = environment.get_template(f"{name}/{language}.md").render(slots).partition("\n")
    # staff decide on what the company asked for, and tell it; what both sides read, the mediator reads at the
    # desk
    declared = letter_of(name)
    inside = slots["side"] is None or (declared.to != "party" and slots["side"] != "business")
    part = "bare" if declared.bare else "inside" if inside else "party"
    layout = environment.get_template(f"parts/{part}.{language}.md")
    text = layout.render(slots, body=Markdown(body.strip()), letter=name)
    first = " ".join(body.strip().partition("\n\n")[0].split())[:MOST_SHOWN]
    return subject, re.sub(r"\n{3,}", "\n\n", text).strip() + "\n", first


@cache
def _environment(language: str, html: bool) -> Environment:
    # imported only where a letter is rendered, since the import takes 30 ms of a cold start
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
    )
    environment.filters |= {say.__name__: partial(say, language) for say in said}
    environment.filters |= {
        "quote": partial(_quote, language, html),
        "link": partial(_link, language, html),
        "number": shown,
    }
    return environment


def _plain(value: Any) -> str:
    """Words as they are, in one line: a line break in a name must not end a subject or a list."""
    if value is None:
        raise ValueError("a slot that a letter prints is empty")
    return value if isinstance(value, Markdown) else " ".join(str(value).split())


def _escaped(value: Any) -> str:
    return value if isinstance(value, Markdown) else PUNCTUATION.sub(r"\\\1", _plain(value))


def _quote(language: str, html: bool, words: str | None) -> Markdown:
    """A person's own words as a quotation that keeps its lines."""
    lines = (words or formats.texts(language)["words"]["erased"]).strip().splitlines()
    return Markdown(
        "  \n".join(f"> {_escaped(line)}" for line in lines)
        if html
        else "\n".join(f"> {line}" for line in lines)
    )


def _link(language: str, html: bool, url: str, words: str) -> Markdown:
    """A link by its words in html; in text the address is written out, at the end of its line."""
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
