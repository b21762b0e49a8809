"""The short message about a letter: its sender, its subject, until when to read it, and the link to it.

Its text is made from the letter's subject, so that a new letter needs no text here. It contains no name and
no words of a person, since others may see the phone."""

from datetime import datetime

from chalicelib.letters.spoken import MOMENT
from chalicelib.locale.formats import brief_date, texts

GSM = frozenset(
    "@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà\n\r"
)
"""The characters of the short alphabet (GSM 03.38). A text with any other character is sent in UCS-2, in
which fewer fit."""
PLAIN, WIDE = 2 * 153, 2 * 67
"""The maximum length, in characters, of a text that is sent as two joined messages: in the short alphabet,
and in UCS-2."""


def message_text(
    language: str, company: str, number: str, subject: str, until: datetime | None, link: str
) -> str:
    """Return the text of the short message about a letter. `number` is the complaint's number, `until` the
    end of the deadline in the letter, or None. If the text would need more than two messages, the number
    replaces the subject."""
    words: dict[str, str] = texts(language)["short"]
    read = words["until"].format(until=brief_date(language, until)) if until else words["read"]
    dated = MOMENT[language].search(subject)
    whole = words["whole"].format(
        company=company, subject=_plain(subject), read=words["read"] if dated else read, link=link
    )
    numbered = words["whole"].format(
        company=company, subject=words["letter"].format(number=number), read=read, link=link
    )
    return whole if len(whole) <= most(whole) else numbered


def confirming(language: str, company: str, link: str) -> str:
    """Return the text to a telephone that a person has named: a link that only confirms the telephone. It
    omits the number of the complaint, since the telephone may be a stranger's."""
    words: dict[str, str] = texts(language)["short"]
    return words["confirm"].format(company=company, link=link)


def warning(language: str, company: str, subject: str, phone: str) -> str:
    """Return the text that tells a party's previous telephone about a change. `phone` is the number to call
    about it. The text has no link, since the telephone may now be another person's."""
    words: dict[str, str] = texts(language)["short"]
    return words["warning"].format(company=company, subject=_plain(subject), phone=phone)


def most(text: str) -> int:
    """Return how many characters such a text may have, so that two messages suffice. It depends on the
    characters in it."""
    return PLAIN if GSM.issuperset(text) else WIDE


def _plain(subject: str) -> str:
    """Return a subject with typographic quotes and dashes replaced by characters of the short alphabet."""
    return subject.translate({ord("’"): "'", ord("“"): '"', ord("”"): '"', ord("–"): "-"})
