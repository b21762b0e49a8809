"""The letters: a folder for each letter, with its text in each language. This package only renders letters.
It sends nothing and decides nothing.

A text is a Markdown template; its first line is the subject. A slot is a variable of the template, and its
value is plain words. The value goes into the text part unchanged. In the html part the value is escaped, so
that a person's own words cannot become markup. `chalicelib/delivery/slots.py` fills the slots.

`due.NAME` is the deadline `[deadline.NAME]` of `domain/policy/*.toml`. In these files `take` names what
follows from silence, and `source` the law or paper behind the deadline. If several deadlines of one name run,
`due.NAME` is that of the reader or of the letter's subject.

`parts/` holds text that several letters share, and the layouts: `party`, `inside` (for staff), and
`mail.html` around the html part. A line that ends with a tag such as `{% endif %}` swallows its line break.
Leave one more empty line after such a line where a paragraph ends."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import datetime
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
    from jinja2.runtime import Context

HERE = Path(__file__).parent
PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
SECRET = re.compile(r"https?://\S+?/(?:case|address|question)/\d+/[\w-]+")
"""The pattern of a link that only the reader of a letter may have. It opens their case or a question to them,
or confirms their address."""
OURS = "X-Complaint-Letter"
"""The header line that each of our mails has, so that we know it if it comes back."""
LEFT_OUT = "…"
"""The mark in a stored text in place of what only the reader of the letter may have."""
TAGS = {"zh": "zh-CN", "en": "en"}
"""The language tag for html. The key is the language of the letter."""
MOST_SHOWN = 110
"""The maximum number of characters that a mail program shows of a letter's beginning, next to the subject."""
UNDIGESTED = "0" * 64
"""The placeholder for the digest of a letter. A letter is rendered with this placeholder first, because its
digest is computed from the rendered text."""


class Attachment(NamedTuple):
    """A file that goes with a letter. `media_type` includes parameters, such as the character set."""

    name: str
    media_type: str
    content: bytes


class Rendered(NamedTuple):
    """A letter that is ready to be sent.

    `text`: the text part; staff who read the letter out on the phone use it too. `digest`: the sha256 (hex)
    of the subject and the text, with zeros in place of the digest itself, and without the reader's own links.
    `short`: the text of the short message, or "" if the letter does not leave as one. `company`: the company
    in whose name the letter is sent. `private`: what only its reader may have, besides links: a passphrase,
    or a one-time code. `whole`: the text as it is stored, with the words that the mail leaves out; "" if it
    leaves out none. `reply_to`: the secret address at which we take its reader's reply; "" for none.
    `thread`: the id that all mails of a case refer to, so that mail programs show them together; "" for none.
    `automatic`: no person wrote it or took the step that it tells of."""

    subject: str
    text: str
    html: str
    attachments: tuple[Attachment, ...] = ()
    digest: str = ""
    short: str = ""
    company: str = ""
    private: tuple[str, ...] = ()
    whole: str = ""
    reply_to: str = ""
    thread: str = ""
    automatic: bool = True

    @property
    def headers(self) -> dict[str, str]:
        """Return the header lines that the mail has besides sender, recipient and subject."""
        lines = {
            "Reply-To": self.reply_to,
            "References": self.thread,
            "Auto-Submitted": "auto-generated" if self.automatic else "",
        }
        return {OURS: "1"} | {name: value for name, value in lines.items() if value}

    @property
    def stored(self) -> str:
        """Return the text as it is stored and shown: with a mark in place of what only its reader may
        have."""
        text = self.text
        for secret in self.private:
            text = text.replace(secret, LEFT_OUT)
        return without_links(text)


class Markdown(str):
    """Text that is Markdown already. A template inserts this text without escaping it."""


def without_links(text: str) -> str:
    """Return a letter's text without the links that only its reader may have. Stored and displayed letters
    have no such links, because a person with the link can act as the reader, or confirm the reader's
    address."""
    return SECRET.sub(LEFT_OUT, text)


def abroad(name: str) -> bool:
    """Return whether the letter `name` goes to people outside the company, who may want to verify that it is
    ours."""
    return letter_of(name).to != "staff"


def render(
    name: str, language: str, slots: Mapping[str, Any], company: str = "", *, mailed: bool = True
) -> Rendered:
    """Return the letter `name` in a language, in the name of `company`.

    `slots`: the values for its template. Words in `slots["words"]` that were erased are None or left out.
    `mailed`: False for a letter that is only read on a page or by phone; such a letter has no html. Raises
    jinja2.UndefinedError if any other value that the template uses is missing."""
    words = defaultdict(lambda: None, slots["words"] or {})
    filled = {"replies": False, **slots, "company": company, "digest": UNDIGESTED, "words": words}
    subject, text, first = _fill(name, language, filled, html=False)
    digest = _digest(f"{subject}\n{text}", slots)
    given = slots.get("phrase"), slots.get("code"), (slots.get("facts") or {}).get("passphrase")
    letter = Rendered(
        subject,
        text.replace(UNDIGESTED, digest),
        "",
        digest=digest,
        company=company,
        private=tuple(filter(None, given)),
    )
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
    for link in filter(None, (slots["link"], slots.get("confirm"), slots.get("question_link"))):
        text = text.replace(link, "")
    return sha256(text.encode()).hexdigest()


def _fill(name: str, language: str, slots: Mapping[str, Any], *, html: bool) -> tuple[str, str, str]:
    """Return the subject of a letter, its Markdown inside its layout, and the beginning of its own text. Mail
    programs show the beginning next to the subject. `html`: whether values are escaped for the html part."""
    environment = _environment(language, html)
    subject, _, body = environment.get_template(f"{name}/{language}.md").render(slots).partition("\n")
    # Staff get the layout `inside`, and so does the mediator, who reads letters to both sides at the desk.
    # The company as a party gets the layout `party`, even for a letter to staff about its own request.
    declared = letter_of(name)
    inside = slots["side"] is None or (declared.to != "party" and slots["side"] != "business")
    part = "bare" if declared.bare else "inside" if inside else "party"
    layout = environment.get_template(f"parts/{part}.{language}.md")
    text = layout.render(slots, body=Markdown(body.strip()), letter=name)
    first = " ".join(body.strip().partition("\n\n")[0].split())[:MOST_SHOWN]
    return subject, re.sub(r"\n{3,}", "\n\n", text).strip() + "\n", first


@cache
def _environment(language: str, html: bool) -> Environment:
    # This import is here, because it takes 30 ms of a cold start, and only rendering needs it.
    from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context

    environment = Environment(
        loader=FileSystemLoader(HERE),
        undefined=StrictUndefined,
        finalize=_escaped if html else _plain,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    said = (
        *(formats.label, formats.choice, formats.clause, formats.money),
        *(formats.late, formats.original, formats.overdue),
        under,
    )
    environment.filters |= {say.__name__: partial(say, language) for say in said}
    dates = (formats.day, formats.moment)
    environment.filters |= {say.__name__: pass_context(partial(_dated, language, say)) for say in dates}
    with_dates = (formats.moved, formats.follows_late)
    environment.filters |= {
        say.__name__: pass_context(partial(_sentence, language, say)) for say in with_dates
    }
    environment.filters |= {
        "quote": partial(_quote, language, html),
        "link": partial(_link, language, html),
        "number": shown,
    }
    return environment


def _dated(language: str, say: Callable[..., str], context: Context, when: datetime, end: bool = True) -> str:
    """Return the date `when` as the function `say` writes it. If it is the end of a deadline that has passed
    while the letter waited, a remark that says so follows."""
    waited = context.get("waited")
    over = end and waited is not None and waited.written < when <= waited.arrives
    return say(language, when, end) + (formats.texts(language)["words"]["over"] if over else "")


def _sentence(language: str, say: Callable[..., str], context: Context, run: Any) -> str:
    """Return what the function `say` says about a deadline. It writes its dates as `_dated` does."""
    return say(language, run, partial(_dated, language, formats.moment, context))


def _plain(value: Any) -> str:
    """Return a slot's value as words in one line, because a line break in a name would end a subject or a
    list item. Raises ValueError if the value is None."""
    if value is None:
        raise ValueError("a slot that a letter prints is empty")
    return value if isinstance(value, Markdown) else " ".join(str(value).split())


def _escaped(value: Any) -> str:
    return value if isinstance(value, Markdown) else PUNCTUATION.sub(r"\\\1", _plain(value))


def _quote(language: str, html: bool, text: str | None, own: bool = False) -> Markdown:
    """Return a person's own words as a Markdown quotation that keeps their lines. `text` is None if the
    words were erased; the quotation then says so. If they are in another language than the letter, a remark
    follows, unless they are the reader's `own`."""
    lines = (text or formats.texts(language)["words"]["erased"]).strip().splitlines()
    if (remark := formats.foreign(language, text or "")) and not own:
        lines = [*lines, remark]
    return Markdown(
        "  \n".join(f"> {_escaped(line)}" for line in lines)
        if html
        else "\n".join(f"> {line}" for line in lines)
    )


def _link(language: str, html: bool, url: str, text: str) -> Markdown:
    """Return a link as Markdown. In html the `text` leads to the address `url`. In the text part the address
    follows the words."""
    return Markdown(
        f"[{text}]({_escaped(url)})" if html else f"{text}{'：' if language == 'zh' else ': '}{_plain(url)}"
    )


@cache
def _markdown(language: str) -> Callable[[str], Any]:
    import mistune

    from chalicelib.letters.mail import MailRenderer

    return mistune.create_markdown(renderer=MailRenderer(language))


@cache
def _page() -> Template:
    return Template((HERE / "parts" / "mail.html").read_text("utf-8"))
