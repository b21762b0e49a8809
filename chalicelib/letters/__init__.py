"""The letters: a folder for each, with its text in each language. This package only renders letters; it sends
and decides nothing.

A text is a Markdown template; its first line is the subject. A slot is a variable of the template, and its
value is plain words. The value goes into the text part unchanged and into the html part escaped, so that a
person's own words cannot become markup.

`chalicelib/delivery/slots.py` fills the slots. `due.NAME` is the deadline `[deadline.NAME]` of
`domain/policy/*.toml`. There `take` names what follows from silence, and `source` the law or paper behind the
deadline. If several deadlines of one name run, `due.NAME` is that of the reader or of the letter's subject.

`parts/` holds text that several letters share, and the layouts: `party`, `inside` (for staff), and
`mail.html` around the html part. A line that ends with a tag such as `{% endif %}` swallows its line break.
Leave one more empty line after it where a paragraph ends."""

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
"""A link in the text of a letter that only its reader may have: it opens a case, or confirms an address."""
TAGS = {"zh": "zh-CN", "en": "en"}
"""The language tag for html, by language."""
MOST_SHOWN = 110
"""How many characters of a letter's beginning mail programs show next to its subject, at most."""
UNDIGESTED = "0" * 64
"""The placeholder that a letter prints until its digest is known."""


class Attachment(NamedTuple):
    """A file that goes with a letter. `media_type` includes parameters, such as the character set."""

    name: str
    media_type: str
    content: bytes


class Rendered(NamedTuple):
    """A letter ready to send.

    `text` is the text part, and also the source of the script for a call. `digest` is the sha256 (hex) of
    subject and text, with zeros in the place of the digest itself, and without the reader's own links.
    `short` is the text of the short message, if the letter leaves as one. `company` is the company in whose
    name it is sent."""

    subject: str
    text: str
    html: str
    attachments: tuple[Attachment, ...] = ()
    digest: str = ""
    short: str = ""
    company: str = ""


class Markdown(str):
    """Text that is Markdown already, so that a template inserts it unchanged."""


def without_links(text: str) -> str:
    """Return a letter's text for storage and display, without the links that only its reader may have. The
    holder of such a link can act as the reader, or confirm an address for them. So only the mail itself
    contains these links."""
    return SECRET.sub("…", text)


def abroad(name: str) -> bool:
    """Return whether the letter `name` goes to people outside the company. They may want to verify it."""
    return letter_of(name).to != "staff"


def render(
    name: str, language: str, slots: Mapping[str, Any], company: str = "", *, mailed: bool = True
) -> Rendered:
    """Render the letter `name` in the name of `company`. `slots` are the values of its template; erased words
    in them are None or missing. With `mailed` False, for a letter that is read on a page or by phone, it has
    no html. Raises jinja2.UndefinedError if any other slot is missing."""
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
    """Return the subject of a letter, its Markdown in its layout, and the beginning of its own text. Mail
    programs show that beginning next to the subject. `html` tells whether slot values are escaped for the
    html part."""
    environment = _environment(language, html)
    subject, _, body = environment.get_template(f"{name}/{language}.md").render(slots).partition("\n")
    # A letter to staff has the inside layout. A letter about a decision on the company's own request is read
    # by the company, and has the party layout. The mediator reads letters to both sides at the desk, in the
    # inside layout.
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
    """Return a slot's value as words in one line, since a line break in a name would end a subject or a list.
    Raises ValueError for None."""
    if value is None:
        raise ValueError("a slot that a letter prints is empty")
    return value if isinstance(value, Markdown) else " ".join(str(value).split())


def _escaped(value: Any) -> str:
    return value if isinstance(value, Markdown) else PUNCTUATION.sub(r"\\\1", _plain(value))


def _quote(language: str, html: bool, words: str | None) -> Markdown:
    """Return a person's own words as a quotation that keeps their lines. If they are None, because they were
    erased, quote a remark that says so."""
    lines = (words or formats.texts(language)["words"]["erased"]).strip().splitlines()
    return Markdown(
        "  \n".join(f"> {_escaped(line)}" for line in lines)
        if html
        else "\n".join(f"> {line}" for line in lines)
    )


def _link(language: str, html: bool, url: str, words: str) -> Markdown:
    """Return a link: in html as `words` that lead to `url`, in text as the words with the address after
    them."""
    return Markdown(
        f"[{words}]({_escaped(url)})" if html else f"{words}{'：' if language == 'zh' else ': '}{_plain(url)}"
    )


@cache
def _markdown(language: str) -> Callable[[str], Any]:
    import mistune

    from chalicelib.letters.mail import MailRenderer

    return mistune.create_markdown(renderer=MailRenderer(language))


@cache
def _page() -> Template:
    return Template((HERE / "parts" / "mail.html").read_text("utf-8"))
