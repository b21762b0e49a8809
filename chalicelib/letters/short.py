"""What a short message says of a letter: whose it is, its subject, by when to read it, and the link to it.

It is made of the letter's subject, so a new letter needs no text of its own here. Nothing that anybody wrote
stands in it, and no name: whoever looks at the phone reads along."""

from datetime import datetime

from chalicelib.letters.spoken import MOMENT
from chalicelib.locale.formats import brief, texts

GSM = frozenset(
    "@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà\n\r"
)
"""The characters of the short alphabet (GSM 03.38); a text with any other one is sent in UCS-2."""
PLAIN, WIDE = 2 * 153, 2 * 67
"""How many characters two joined messages hold in either alphabet."""


def short(language: str, company: str, number: str, subject: str, until: datetime | None, link: str) -> str:
    """The text of a short message. Where the whole would be more than two messages, the subject gives way to
    the number."""
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
    """The text for a telephone that somebody has named: a link that only confirms it, and no number of the
    complaint, since it may be a stranger's."""
    words: dict[str, str] = texts(language)["short"]
    return words["confirm"].format(company=company, link=link)


def warning(language: str, company: str, subject: str, phone: str) -> str:
    """The text for whoever had the telephone before: no link, since it is somebody else's now, and whom to
    call."""
    words: dict[str, str] = texts(language)["short"]
    return words["warning"].format(company=company, subject=_plain(subject), phone=phone)


def most(text: str) -> int:
    """How many characters a text with these letters may have within two messages."""
    return PLAIN if GSM.issuperset(text) else WIDE


def _plain(subject: str) -> str:
    """A subject in the characters that every phone writes alike."""
    return subject.translate({ord("’"): "'", ord("“"): '"', ord("”"): '"', ord("–"): "-"})
