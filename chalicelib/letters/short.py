"""The short message about a letter: the company, the letter's subject, until when to read the letter, and the
link to it.

The message is made from the letter's subject, so a new letter needs no text here. The message contains no
name and no words of a person, because others may see the phone."""

from datetime import datetime

from chalicelib.letters.spoken import MOMENT
from chalicelib.locale.formats import brief_date, texts

GSM = frozenset(
    "@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà\n\r"
)
"""The characters of the short alphabet (GSM 03.38). A text with any other character is sent in the alphabet
UCS-2, and fewer of its characters fit into a message."""
PLAIN, WIDE = 2 * 153, 2 * 67
"""The maximum length, in characters, of a text that is sent as two joined messages. `PLAIN` is for a text in
the short alphabet, and `WIDE` for any other."""


def message_text(
    language: str, company: str, number: str, subject: str, until: datetime | None, link: str
) -> str:
    """Return the text of the short message about a letter. `number` is the number of the complaint. `subject`
    is the subject of the letter. `until` is the end of the deadline in the letter, or None. `link` is the
    address of the letter.

    If the text would need more than two messages, the number replaces the subject."""
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
    """Return the text of a message to a telephone that a person has named. `link` leads to a page that only
    confirms the telephone. The message omits the number of the complaint, because the telephone may be a
    stranger's."""
    words: dict[str, str] = texts(language)["short"]
    return words["confirm"].format(company=company, link=link)


def warning(language: str, company: str, subject: str, phone: str) -> str:
    """Return the text of a message that tells a party's previous telephone about a change. `subject` is the
    subject of the letter about the change. `phone` is the number to call about the change. The message has no
    link, because the telephone may now be another person's."""
    words: dict[str, str] = texts(language)["short"]
    return words["warning"].format(company=company, subject=_plain(subject), phone=phone)


def most(text: str) -> int:
    """Return the maximum number of characters for which two messages suffice. The maximum depends on the
    alphabet that the characters of `text` need."""
    return PLAIN if GSM.issuperset(text) else WIDE


def _plain(subject: str) -> str:
    """Return `subject` with typographic quotes and dashes replaced by characters of the short alphabet."""
    return subject.translate({ord("’"): "'", ord("“"): '"', ord("”"): '"', ord("–"): "-"})
