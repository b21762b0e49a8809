"""Marks on a move's parameters: personal data, the length of words, money, values from the server.

A move's keyword parameters are its facts. Its request model, its JSON schema and its form are made from these
annotations, so a move is written once.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from chalicelib.domain.frozen import frozen

SENTENCES, MESSAGE, STORY = 2_000, 5_000, 50_000
"""The most characters of a short text, a message and a whole narrative."""


@frozen
class Words:
    """A person's own words: personal, at most `most` characters, kept out of the hashed line.

    `box`: the field of a form. Words in a `line` have no line breaks, so that they cannot add a line to a
    letter; `text` and `story` keep them, in a small and in a large box. `filed`: longer words can be sent as
    a file."""

    most: int = SENTENCES
    filed: bool = False
    box: Literal["line", "text", "story"] = "text"


@frozen
class Named:
    """Words that are a name, without e-mail address, link, control or format character. `site`: the name of a
    business or its goods, which may contain the name of a site, such as JD.com."""

    site: bool = False


@frozen
class Names:
    """The id, number or code of a thing on the case, of a colleague or of a team. Its `kind` decides the
    choices in a form and how pages write the value. `called`: the key of its label, if that is not the
    kind."""

    kind: str
    called: str = ""

    @property
    def key(self) -> str:
        """Return the key of its label."""
        return self.called or self.kind


@frozen
class TwoAnswers:
    """A question that a form asks with yes and no. Any other boolean is a statement that is ticked."""


@frozen
class Ranked:
    """A list whose first choice is the main one. A form asks for at most `most` choices."""

    most: int


@frozen
class RowNumber:
    """The number of another row of the same list. A form then numbers the rows."""


@frozen
class Suggested:
    """Free text for which a form suggests the companies of the policy."""


@frozen
class SideOf:
    """The side of the talks for which staff record a move."""


@frozen
class Personal:
    """A value that identifies a person. It is kept out of the hashed line and of the case head."""


@frozen
class Given:
    """A value from the server, never from the request. `noted`: it is part of the timeline's line."""

    noted: bool = False


@frozen
class ByStaff:
    """A parameter for staff who record a move for another person. When a party acts, the value is known, or
    not theirs to give."""


@frozen
class Fen:
    """An amount of money as a whole number of fen."""


@frozen
class Past:
    """A date or moment that is not in the future."""


@frozen
class Future:
    """A date that is not in the past."""


@frozen
class Contact:
    """An address that is checked and written in one form. `kind` is `email`, `phone`, or `contact` for
    either.

    A `phone` is a person's own unless it is `shared`, as that of an office is. A premium-rate, shared-cost,
    freephone or service number is refused: it reaches no named person, and each call may cost money.
    """

    kind: str
    shared: bool = False


@frozen
class Ours:
    """A person whose address may be one of the company's own, such as its representative. For all others such
    an address is refused."""


@frozen
class Number:
    """A whole number within these limits. `scale`: the code list that labels its points; without one the
    number is typed."""

    least: int
    most: int
    scale: str = ""


@frozen
class Needed:
    """A list that must not be empty."""


@frozen
class Denied:
    """A question that must be answered with no, such as whether a mediator works for the company."""


@dataclass(frozen=True, eq=False)
class Choice:
    """The possible values of a parameter on a case, where they are limited. `of`: the ids or codes; for a
    value about each matter, those of one matter, by its number. `matters`: the matters that can have a
    value. `about`: the codes for one subject of the move, by the case, the act and the subject's id."""

    of: Callable[[Any, str], Collection[Any]] | None = None
    matters: Callable[[Any], Collection[int]] | None = None
    about: Callable[[Any, Any, str], Collection[Any]] | None = None


@dataclass(frozen=True, eq=False)
class FormRule:
    """The way in which a form asks for a parameter, by its parts ("": the parameter itself). `needed`: parts
    that a form requires although a request may omit them, `when` the case meets the condition. `one_of`:
    parts of which one is required; the first shows the error. `codes`: the codes that require an answer,
    where each code has one. `without`: parts that the form omits. `never`: the code that makes no sense in a
    part. `unhinted`: parts whose usual hint addresses the complainant. `unless`: if the case meets this
    condition, the form omits the parameter."""

    needed: tuple[str, ...] = ()
    when: Callable[[Any], object] = lambda case: True
    unless: Callable[[Any], object] = lambda case: False
    one_of: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    never: Mapping[str, str] = field(default_factory=dict)
    unhinted: tuple[str, ...] = ()


ITSELF = FormRule(needed=("",))
Text = Annotated[str, Words()]
Message = Annotated[str, Words(MESSAGE, filed=True, box="story")]
Story = Annotated[str, Words(STORY, box="story")]
Short = Annotated[str, Words(200, box="line")]
Name = Annotated[str, Words(200, box="line"), Named()]
Brand = Annotated[str, Words(200, box="line"), Named(site=True)]
Money = Annotated[int, Fen()]
Email = Annotated[str, Contact("email")]
Phone = Annotated[str, Contact("phone")]
OfficePhone = Annotated[str, Contact("phone", shared=True)]
EmailOrPhone = Annotated[str, Contact("contact")]
YesNo = Annotated[bool, TwoAnswers()]
PartyId = Annotated[str, Names("party")]
ObligationId = Annotated[str, Names("obligation")]
RepresentativeId = Annotated[str, Names("representative")]
MeetingId = Annotated[str, Names("meeting")]
OfferId = Annotated[str, Names("offer")]
SignerId = Annotated[str, Names("signer")]
ColleagueId = Annotated[str, Names("colleague", "to")]
MatterNumber = Annotated[int, Names("matter")]
EvidenceIds = tuple[Annotated[str, Names("evidence")], ...]
DepartmentId = Annotated[str, Names("department")]
DeadlineName = Annotated[str, Names("deadline")]
Digest = Annotated[str, Names("digest")]
"""The digest of a text to sign. A form shows the current one, so that people sign the displayed text."""
ReadBack = Annotated[bool, ByStaff()]
"""Whether staff who record a move rang the number on file, read it back, and heard the person say yes."""
ScanId = Annotated[str, Names("scan")]
Scan = Annotated[ScanId | None, ByStaff()]
"""The scan, among the evidence, of the paper that holds the move which staff record."""
Whom = Annotated[PartyId | None, ByStaff()]
"""The person on the case for whom staff record the move. A party speaks for themselves, or for the person
they represent."""
ANYBODY = Choice(lambda case, _: [party.id for party in case.parties])
"""Any person on the case; without a value, the complainants."""
