"""The short message about a letter: its sender, its subject, the last day to read it, and the link to it.

The text is made from the letter's subject, so a new letter needs no text of its own here. It contains no name
and no text from a person, since others may see the phone.
"""

from datetime import datetime

from chalicelib.letters.spoken import MOMENT
from chalicelib.locale.formats import brief, texts

GSM = frozenset(
    "@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà\n\r"
)
"""The characters of the short alphabet (GSM 03.38); a text with any other one is sent in UCS-2."""
PLAIN, WIDE = 2 * 153, 2 * 67
"""The most characters of two joined messages in either alphabet."""


def short(language: str, company: str, number: str, subject: str, until: datetime | None, link: str) -> str:
    """Return the text of a short message. If it would need more than two messages, the number replaces the
    subject."""
    words: dict[str, str] = texts(language)["short"]
    read = words["until"].format(until=brief(language, until)) if until else words["read"]
    dated = MOMENT[language].search(subject)
    whole = words["whole"].format(
        company=company, subject=_plain(subject), read=words["read"] if dated else read, link=link
    )
    numbered = words["whole"].format(
        company=company, subject=words["letter"].format(number=number), read=read, link=link
    )
    return whole if len(whole) <= most(whole) else numbered


def confirming(language: str, company: str, link: str) -> str:
    """Return the text for a telephone that a person has named: a link that only confirms it. It omits the
    number of the complaint, since the telephone may be a stranger's."""
    words: dict[str, str] = texts(language)["short"]
    return words["confirm"].format(company=company, link=link)


def warning(language: str, company: str, subject: str, phone: str) -> str:
    """Return the text for the former owner of the telephone, with a number to call. It has no link, since the
    telephone may now be another person's."""
    words: dict[str, str] = texts(language)["short"]
    return words["warning"].format(company=company, subject=_plain(subject), phone=phone)


def most(text: str) -> int:
    """Return the most characters that a text in this alphabet may have within two messages."""
    return PLAIN if GSM.issuperset(text) else WIDE


def _plain(subject: str) -> str:
    """Return a subject in the characters that every phone writes alike."""
    return subject.translate({ord("’"): "'", ord("“"): '"', ord("”"): '"', ord("–"): "-"})
