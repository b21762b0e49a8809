"""The keys by which officers find a case: its number, the people, the company, the order, and the numbers
that others gave it.

A key is a text in one spelling, without case, width, spaces, hyphens and titles. The store
keeps only a keyed hash of it. The same function spells what is stored and what an officer types."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any, NamedTuple

from chalicelib.domain.bigrams import UNMARKED
from chalicelib.domain.frozen import frozen
from chalicelib.domain.model.case import Case, Refusal, refuse_if
from chalicelib.domain.reference import DIGITS

MOST_TYPED = 200
"""The most characters that somebody may search for."""
FEWEST, FEWEST_DIGITS = 2, 4
"""The fewest letters and digits of a search, and the fewest digits of a search for a number."""
MOST_WORDS = 4
"""How many single words of a name are keys at most."""
MOST_KEYS = 30
"""The most keys that one change adds to a case, because a transaction has a limit of items."""
ENDS = (8, 4)
"""How many digits at the beginning or at the end of a case number make a key. Both are whole groups of digits
of the number as it is shown."""
OF_PERSON = ("name", "on_behalf_of", "phone", "email")
OF_ACCOUNT = ("order", "business", "shop", "outside_number")
COMPANIES = ("business", "shop")
"""The fields that make keys: `OF_PERSON` those of a person's row, `OF_ACCOUNT` those of the words of a
complaint, `COMPANIES` those of them that name a company."""
TITLES = re.compile(r"(?<=..)(先生|女士|小姐|太太|老师|同志)$")
LATIN_TITLES = frozenset({"mr", "mrs", "ms", "miss", "dr", "prof", "sir", "madam"})
BETWEEN_WORDS = re.compile(r"[\s,，、.．。·・•‧･]+")
"""The characters between two words of a name. A hyphen and an apostrophe are part of the word."""
HYPHEN = re.compile(r"[-‐‑‒–—－]+")
"""The hyphen of a double name. Each of its halves is a word of its own as well."""
LEGAL_FORM = re.compile(
    r"(?:\s*[（(][^（()）]*[）)]|\s*(?:股份|有限|责任)*公司"
    r"|[\s,]+(?:co|corp|inc|ltd|limited|llc|plc|gmbh|company)\b\.?)+$",
    re.IGNORECASE,
)
"""The format of the end of a company's name that people leave out: its legal form, and its place in
brackets."""
MOST_PARTS = 4
"""The most parts of a typed text that are keys of their own, such as a telephone number and a name."""
NUMBERS = re.compile(
    r"((?<![a-z\d])(?:(?:\+|00)?86[\s-]*)?1[3-9]\d[\s-]?\d{4}[\s-]?\d{4}(?!\d)"
    r"|(?<![a-z\d-])\d{4}[\s-]?\d{4}[\s-]?\d{4}(?![a-z\d-]))",
    re.IGNORECASE | re.ASCII,
)
"""The format of a mobile number of China and of a case number. Such a number is a part of its own, also
without a space around it."""
BETWEEN_PARTS = re.compile(r"[\s,，、;；。:/|]+")
ABROAD = re.compile(r"(?:00)?86(?=1\d{10}$)")
"""The country code before a mobile number of China, which people write or leave out."""
EXTENSION = re.compile(
    r"(?:;ext=|\s*(?:转|轉|分机|分機|(?i:ext)\.?)\s*"
    r"|(?P<line>^\s*(?:(?:\+|00)86[- ]?\d{2,3}|[(（]?0\d{2,3}[)）]?)[- ]?\d{3,4}[- ]?\d{4})[-－])"
    r"(?P<it>\d{1,7})\s*$"
)
"""The format of an extension (`it`) after a telephone number, in a row and as people write it. Only a whole
number of China with its area code (`line`) can have one after a hyphen."""


class Typed(NamedTuple):
    """A typed search. `keys`: the keys of the text, read as a name, a telephone number and a mailbox.
    `begins`, `ends` and `within`: the keys of the beginning, the end and the middle group of a case number;
    "" if the text cannot be one. `digits`: the text without spaces and signs, if it has digits only; else
    "". `text`: the text as it was typed. `parts`: the parts of a text that can mean several things, such as a
    telephone number and a name, the most exact ones first; () for any other text."""

    keys: tuple[str, ...]
    begins: str
    ends: str
    within: str
    digits: str
    text: str = ""
    parts: "tuple[Typed, ...]" = ()

    @property
    def exact(self) -> bool:
        """Return whether the text has a digit, or is a mailbox. Few cases have such a key."""
        return "@" in self.text or any(c.isdecimal() for c in self.text)


@frozen
class Key:
    """A key of a case. `text`: its spelling. `personal`: whether only a reader who may know the people finds
    the case by it. A case number is not personal."""

    text: str
    personal: bool = True


def plain(text: str) -> str:
    """Return the letters and digits of a text in one spelling: without case, width, accents, spaces, hyphens
    and all other signs."""
    parts = unicodedata.normalize("NFKD", text).casefold().translate(UNMARKED)
    return "".join(str(int(c)) if c.isdecimal() else c for c in parts if c.isalnum())


def typed(text: str) -> Typed:
    """Return the keys that a typed text can mean. Raises Refusal `search_too_long`, `search_empty` for a text
    without letters and digits, `search_too_short` for a single one, and `search_few_digits` for fewer than
    four digits."""
    refuse_if(len(text) > MOST_TYPED, "search_too_long", field="words", most=MOST_TYPED)
    bare = plain(text)
    if not bare:
        raise Refusal("search_empty", field="words")
    refuse_if(len(bare) < FEWEST, "search_too_short", field="words", fewest=FEWEST)
    digits = bare if bare.isdecimal() else ""
    refuse_if(
        digits and len(digits) < FEWEST_DIGITS, "search_few_digits", field="words", fewest=FEWEST_DIGITS
    )
    return _read(text)._replace(parts=_parts(text))


def _read(text: str, most_digits: int = DIGITS) -> Typed:
    """Return the keys that a text without parts can mean. `most_digits`: how many digits a part of a case
    number has at most."""
    bare = plain(text)
    digits = bare if bare.isdecimal() else ""
    begins = ends = within = ""
    if FEWEST_DIGITS <= len(digits) <= most_digits:
        most = next(n for n in ENDS if len(digits) >= n)
        begins, ends = _begins(digits[:most]), _ends(digits[-most:])
        within = _within(digits) if len(digits) == ENDS[-1] else ""
    keys = [*_of_name(text), *_of_company(text), *_of_number(text), *_of_mailbox(text)]
    return Typed(tuple(dict.fromkeys(keys)), begins, ends, within, digits, text)


def _parts(text: str) -> tuple[Typed, ...]:
    """Return the parts of a text, at most `MOST_PARTS`, the most exact ones first. Groups of digits beside
    each other are one number. Words beside each other can also be one name together, and Latin words and
    digits the number of an order."""
    found = list[Typed]()
    for piece in NUMBERS.split(unicodedata.normalize("NFKC", text)):
        words = [piece] if NUMBERS.fullmatch(piece) else BETWEEN_PARTS.split(piece)
        for _, beside in groupby(filter(plain, words), str.isascii):
            together = [*beside]
            for number, some in groupby(together, lambda word: plain(word).isdecimal()):
                run = [*some]
                more = [*_of_name(" ".join(run)), *_of_name(" ".join(together))]
                found += [
                    one._replace(keys=tuple(dict.fromkeys((*one.keys, *more))))
                    for one in ([_read(" ".join(run), DIGITS + 1)] if number else map(_read, run))
                ]
    meant = [one for one in found if len(one.digits) >= FEWEST_DIGITS or not one.digits]
    meant.sort(key=lambda one: (not one.exact, -len(one.text)))
    return tuple(meant[:MOST_PARTS]) if len(found) > 1 else ()


def keys_of_number(ref: str) -> Iterator[Key]:
    """Yield the keys of a case number."""
    for most in ENDS:
        yield from (Key(_begins(ref[:most]), False), Key(_ends(ref[-most:]), False))
    yield Key(_within(middle(ref)), False)


def middle(ref: str) -> str:
    """Return the middle group of digits of a case number as it is shown."""
    return ref[ENDS[-1] : -ENDS[-1]]


def keys_of_person(person: Mapping[str, Any]) -> Iterator[str]:
    """Yield the keys of a person, from their row: the names with their words, the telephone number and the
    mailbox. The most important ones come first."""
    names = [str(person[field]) for field in ("name", "on_behalf_of") if person.get(field)]
    yield from (key for name in names for key in _of_name(name)[:1])
    if phone := person.get("phone"):
        yield from _of_number(phone)
    if email := person.get("email"):
        yield from _of_mailbox(email)
    yield from (key for name in names for key in (*_of_name(name)[1:], *_words_of(name)))


def keys_of_account(account: Mapping[str, Any]) -> Iterator[str]:
    """Yield the keys of the words of a complaint: the order, the company and its shop, and the number that an
    authority gave the case."""
    said = {field: str(account[field]) for field in OF_ACCOUNT if account.get(field)}
    yield from (key for text in said.values() for key in _of_name(text)[:1])
    yield from (key for field in COMPANIES if field in said for key in _of_company(said[field]))


def keys_of(
    case: Case, filed: bool, people: Iterable[Mapping[str, Any]], account: Mapping[str, Any]
) -> tuple[Key, ...]:
    """Return the keys of a case, the most important ones first. `filed`: whether to include its number, and
    the number that a partner gave it. `people`: the rows of its people. `account`: the words of the
    complaint."""
    found: list[Key] = [*keys_of_number(case.ref)] if filed else []
    own = case.intake.external_id if filed else None
    texts = [*(_of_name(own)[:1] if own else ()), *keys_of_account(account)]
    of_people = [[*keys_of_person(person)] for person in people]
    texts += [
        keys[n] for n in range(max(map(len, of_people), default=0)) for keys in of_people if n < len(keys)
    ]
    found += [Key(text) for text in dict.fromkeys(texts) if len(text) >= FEWEST]
    return tuple(found)


def _of_name(text: str) -> list[str]:
    """Return the keys of a name: its words joined in their order, and joined in alphabetical order. The
    second key finds a name whose family name is typed first instead of last."""
    words = _named_words(text)
    joined = TITLES.sub("", "".join(words))
    sorted_ = "".join(sorted(words)) if len(words) > 1 and any(word.isascii() for word in words) else joined
    return [key for key in dict.fromkeys((joined, sorted_)) if key]


def _of_company(text: str) -> list[str]:
    """Return the key of a company without its legal form and its place; [] for a name without them."""
    short = LEGAL_FORM.sub("", text.strip())
    return [key] if short != text.strip() and len(key := plain(short)) >= FEWEST else []


def _words_of(name: str) -> list[str]:
    """Return the longest words of a name that has several, at most `MOST_WORDS`, each with two letters at
    least. The halves of double names are words as well."""
    words = _named_words(name)
    halves = [word for part in HYPHEN.split(name) for word in _named_words(part)]
    every = sorted(dict.fromkeys((*words, *halves)), key=len, reverse=True)[:MOST_WORDS]
    return [word for word in every if len(word) >= FEWEST] if len(every) > 1 else []


def _named_words(text: str) -> list[str]:
    """Return the words of a name in one spelling, without titles. A name that is only a title stays."""
    words = [word for word in map(plain, BETWEEN_WORDS.split(text)) if word]
    return [word for word in words if word not in LATIN_TITLES] or words


def _of_number(text: str) -> list[str]:
    """Return the key of a telephone number; [] for any other text. It is the number with its country code, as
    rows have it, without its extension. Only mobile numbers of China have no country code in their key."""
    bare = plain(EXTENSION.sub(r"\g<line>", text))
    if not bare.isdecimal():
        return []
    if bare != (mobile := ABROAD.sub("", bare, count=1)):
        return [mobile]
    # 00 before a country code, or a single 0 before an area code of China
    return [bare[2:] if bare.startswith("00") else f"86{bare[1:]}" if bare.startswith("0") else bare]


def _of_mailbox(text: str) -> list[str]:
    """Return the key of a mailbox; [] for any other text."""
    bare = "".join(unicodedata.normalize("NFKC", text).casefold().split()).strip("<>()\"'")
    return [bare] if "@" in bare else []


def _begins(digits: str) -> str:
    return f"begins {digits}"


def _ends(digits: str) -> str:
    return f"ends {digits}"


def _within(digits: str) -> str:
    return f"within {digits}"
