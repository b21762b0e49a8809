"""Marks on a move's parameters: what is personal, how long words may be, what is money, what the server
itself fills in.

A move's keyword parameters are its facts. Its request model, its JSON schema and its form are made from these
annotations, so a move is written once."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from chalicelib.domain.frozen import frozen

SENTENCES, MESSAGE, STORY = 2_000, 5_000, 50_000
"""How many characters a short text, a message and a whole narrative may have."""


@frozen
class Words:
    """A person's own words: personal, at most `most` characters, kept out of the hashed line; `filed`: what
    is longer can be sent as a file."""

    most: int = SENTENCES
    filed: bool = False


@frozen
class Named:
    """Words that are a name: no e-mail address, link, control or format character stands in one. `site`: of a
    business or its goods, which may be called after a site, as JD.com is."""

    site: bool = False


@frozen
class Personal:
    """A value that tells who somebody is: personal, kept out of the hashed line and of the case head."""


@frozen
class Given:
    """Filled in by the server, never by the request; `noted` when it belongs on the timeline's line."""

    noted: bool = False


@frozen
class ByStaff:
    """A parameter that is given only by staff who write a move down for somebody: when a party acts, it is
    known, or not theirs to say."""


@frozen
class Fen:
    """An amount of money as a whole number of fen."""


@frozen
class Past:
    """A date or moment that may not lie in the future."""


@frozen
class Future:
    """A date that may not lie in the past."""


@frozen
class Contact:
    """`email`, `phone`, or `contact` for either: an address that is checked and written in one form.

    A `phone` is a person's own unless it is `shared`, as that of an office is: a premium-rate, shared-cost,
    freephone or service number is refused, since nobody is reached there by name and each call may be paid
    for."""

    kind: str
    shared: bool = False


@frozen
class Ours:
    """A person whose address may be one of the company's own, such as its representative. Nobody else's may
    be."""


@frozen
class Number:
    """A whole number within these limits; the points of a scale are called as the code list `scale` says."""

    least: int
    most: int
    scale: str = "score"


@frozen
class Needed:
    """A list that must not be empty."""


@frozen
class Denied:
    """A question that must be answered, with no: such as whether a mediator works for the company."""


@dataclass(frozen=True, eq=False)
class Choice:
    """What can be said here on a case, where not everything can: `of` gives the ids or codes, of what is said
    of each matter those of one, by its number; `matters`: of which matters something is said at all."""

    of: Callable[[Any, str], Collection[Any]] | None = None
    matters: Callable[[Any], Collection[int]] | None = None


@dataclass(frozen=True, eq=False)
class Asked:
    """How a form asks for a parameter, by its parts ("": itself). `needed`: those that a request may leave
    out, and a form may not, `when` the case is such; `one_of`: those of which one is needed, which is told at
    the first; `without`: those that it does not ask; `never`: the code that makes no sense there; `unhinted`:
    those whose usual hint speaks to whoever complains. `unless` the case is such, nothing is asked at all."""

    needed: tuple[str, ...] = ()
    when: Callable[[Any], object] = lambda case: True
    unless: Callable[[Any], object] = lambda case: False
    one_of: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    never: Mapping[str, str] = field(default_factory=dict)
    unhinted: tuple[str, ...] = ()


ITSELF = Asked(needed=("",))
Text = Annotated[str, Words()]
Message = Annotated[str, Words(MESSAGE, filed=True)]
Story = Annotated[str, Words(STORY)]
Short = Annotated[str, Words(200)]
Name = Annotated[str, Words(200), Named()]
Brand = Annotated[str, Words(200), Named(site=True)]
Money = Annotated[int, Fen()]
Email = Annotated[str, Contact("email")]
Phone = Annotated[str, Contact("phone")]
OfficePhone = Annotated[str, Contact("phone", shared=True)]
EmailOrPhone = Annotated[str, Contact("contact")]
ReadBack = Annotated[bool, ByStaff()]
"""Whether staff who write a move down have rung the number on file, read it back, and heard the
person say yes."""
Scan = Annotated[str | None, ByStaff()]
"""The scan, among the evidence, of the paper on which somebody says what staff write down."""
Whom = Annotated[str | None, ByStaff()]
"""The person on the case whom staff mean; a party speaks for themselves, or for whom they represent."""
ANYBODY = Choice(lambda case, _: [party.id for party in case.parties])
"""Everybody on the case; where nothing is said of it, those who complain."""
