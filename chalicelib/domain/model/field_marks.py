"""Marks on the parameters of a move: personal data, length of words, money, values from the server.

The keyword parameters of a move are its facts. The request model, the JSON schema and the form are made from
their annotated types, so none of these is written by hand.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from chalicelib.domain.frozen import frozen

SENTENCES, MESSAGE, STORY = 2_000, 5_000, 50_000
"""The greatest number of characters of a short text (`SENTENCES`), a message and a whole story."""


@frozen
class Words:
    """Text in a person's own words. It is personal, has at most `most` characters, and is kept out of the
    hashed line of the entry.

    `box` is the form field. "line": one line, without line breaks, so that nobody can add a line to a letter.
    "text": a small box. "story": a large box. `filed`: a longer text can be sent as a file.
    """

    most: int = SENTENCES
    filed: bool = False
    box: Literal["line", "text", "story"] = "text"


@frozen
class Named:
    """Words that must be a name: no e-mail address, link, control or format character. With `site`, they name
    a business or its goods, and may contain the name of a web site, such as JD.com."""

    site: bool = False


@frozen
class Names:
    """The id, number or code of something on the case, of a colleague or of a team. `kind`: what is named,
    such as `obligation`; it decides the choices in a form and how pages show the value. `called`: the key of
    its label, if that differs from `kind`."""

    kind: str
    called: str = ""

    @property
    def key(self) -> str:
        """Return the key of the label of such a field."""
        return self.called or self.kind


@frozen
class TwoAnswers:
    """A boolean that a form asks as a question with yes and no. A boolean without this mark is a box to
    tick."""


@frozen
class Ranked:
    """A list in which the first item is the main one. A form asks for at most `most` items."""

    most: int


@frozen
class RowNumber:
    """The number of another row of the same list. A form that asks for it numbers the rows."""


@frozen
class Suggested:
    """Free text for which a form suggests the company names that the policy lists."""


@frozen
class SideOf:
    """The side of the talks for which a staff member records the move."""


@frozen
class Gist:
    """Words that summarise an entry in place of the first words of its move."""


@frozen
class Personal:
    """A value that identifies a person. It is kept out of the hashed line of the entry and out of the stored
    case."""


@frozen
class Given:
    """A value that the server fills in, and a request never does. `noted`: the value is part of the entry's
    hashed line."""

    noted: bool = False


@frozen
class ByStaff:
    """A parameter only for staff who record a move for another person. A party must not send it: the value is
    known, or is not theirs to give."""


@frozen
class Fen:
    """An amount of money as a whole number of fen."""


@frozen
class Past:
    """A date or moment that is not in the future."""


@frozen
class Future:
    """A date that is today or later."""


@frozen
class Contact:
    """An address or telephone number, which is checked and brought into one form. `kind`: `email`, `phone`,
    or `contact` for either of the two.

    `shared`: the telephone may be one that several people use, as in an office; without it, the number is a
    person's own. A premium-rate, shared-cost, freephone or service number is refused. It reaches no named
    person, and each call may cost money.
    """

    kind: str
    shared: bool = False


@frozen
class Ours:
    """A person, such as the company's representative, whose address may belong to the company itself. For a
    person without this mark such an address is refused."""


@frozen
class Number:
    """A whole number from `least` to `most`. `scale`: the code list with a label for each number, for
    choosing; "" if the number is typed."""

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
    """The values that a parameter can have on a case, if they are limited.

    `of`: gets the case and a matter's number (as text); returns the possible ids or codes. `matters`: gets
    the case; returns the numbers of the matters that can have a value. `about`: gets the case, the act and
    the id of the move's subject; returns the possible codes.
    """

    of: Callable[[Any, str], Collection[Any]] | None = None
    matters: Callable[[Any], Collection[int]] | None = None
    about: Callable[[Any, Any, str], Collection[Any]] | None = None


@dataclass(frozen=True, eq=False)
class FormRule:
    """How a form asks for a parameter. Parts of the parameter are given by name; "" is the parameter itself.

    `needed`: parts that the form requires although a request may omit them, on a case for which `when` is
    true. `unless`: the form omits the parameter on a case for which this is true. `one_of`: parts of which
    one is required; the first of them shows the error. `codes`: if each code of a list can have an answer,
    the codes whose answer is required. `without`: parts that the form omits. `never`: by part, a code that
    the form does not offer. `unhinted`: parts shown without their usual hint, since that addresses the
    complainant.
    """

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
"""The digest of a text that is signed. A form sends the digest of the text that it shows, so people sign
exactly that text."""
ReadBack = Annotated[bool, ByStaff()]
"""Whether the staff member who records the move called the number on file, read the move back, and heard the
person say yes."""
ScanId = Annotated[str, Names("scan")]
Scan = Annotated[ScanId | None, ByStaff()]
"""The evidence number of a scanned paper, on which the person made the move that staff record."""
Whom = Annotated[PartyId | None, ByStaff()]
"""The id of the person for whom staff record the move. A party leaves it out: they act for themselves, or for
the person they represent."""
ANYBODY = Choice(lambda case, _: [party.id for party in case.parties])
"""The choice of any person on the case. Without a value, all complainants are meant."""
