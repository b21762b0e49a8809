"""Marks on the parameters of a move. They say that a value is personal, how long a text may be, that a number
is money, or that the server gives the value.

The keyword parameters of a move are its facts. The request model, the JSON schema and the form of a move are
made from the annotated types of its parameters, so nobody writes them by hand.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from chalicelib.domain.frozen import frozen

SENTENCES, MESSAGE, STORY = 2_000, 5_000, 50_000
"""How many characters a short text (`SENTENCES`), a message (`MESSAGE`) and a whole story (`STORY`) can have
at most."""


@frozen
class Words:
    """Marks a text in a person's own words. The text is personal, so the hashed line of the entry has only
    its hash. `most`: the most characters that it can have. `filed`: whether a longer text can be sent as a
    file.

    `box`: the field that a form shows. "line": one line. Line breaks become spaces, so that nobody can add a
    line to a letter. "text": a small box. "story": a large box.
    """

    most: int = SENTENCES
    filed: bool = False
    box: Literal["line", "text", "story"] = "text"


@frozen
class Official:
    """Marks a text that our staff write themselves, such as the reason of a decision. A letter to an address
    that its owner has not confirmed may contain the text, if staff took the move. Without this mark, such a
    letter leaves the text out.

    A text that repeats statements of others does not get this mark. Examples are the minutes of a meeting,
    the text of an agreement, and statements from the talks."""


@frozen
class Named:
    """Marks words that must be a name. They must have no e-mail address, link, control or format character.
    `site`: whether they name a business or its goods, so that the name of a web site such as JD.com is
    allowed."""

    site: bool = False


@frozen
class Names:
    """Marks the id, number or code of a thing on the case, of a colleague, or of a team. `kind`: the kind of
    the thing, such as `obligation`. The kind decides which choices a form offers, and how pages show the
    value. `called`: the key of the label; "" if the key is the kind. `stated`: a party's form does not ask
    for the thing, but states it."""

    kind: str
    called: str = ""
    stated: bool = False

    @property
    def key(self) -> str:
        """Return the key of the label of a field with this mark."""
        return self.called or self.kind


@frozen
class TwoAnswers:
    """Marks a boolean that a form asks as a question with the answers yes and no. A boolean without this mark
    is shown as a box to tick."""


@frozen
class Ranked:
    """Marks a list whose first item is the main one. `most`: how many items a form asks for."""

    most: int


@frozen
class RowNumber:
    """Marks the number of another row in the same list of a form. The form then shows the numbers of the
    rows."""


@frozen
class Suggested:
    """Marks free text for which a form suggests names of companies. The policy lists these names."""


@frozen
class SideOf:
    """Marks the parameter with the side of the talks for which staff record the move."""


@frozen
class Gist:
    """Marks the words that summarise an entry. If no words of a move have this mark, its first words
    summarise the entry."""


@frozen
class Personal:
    """Marks a value that identifies a person, so the value is neither in the hashed line of the entry nor in
    the stored case."""


@frozen
class Given:
    """Marks a value that the server fills in. A request must not contain it. `noted`: whether the value is
    part of the hashed line of the entry."""

    noted: bool = False


@frozen
class ByStaff:
    """Marks a parameter that only staff fill in, when they record a move for another person. A party must not
    send it, because the value is known or is not theirs to give."""


@frozen
class Fen:
    """Marks an amount of money, as a whole number of fen."""


@frozen
class Past:
    """Marks a date or moment that must not be in the future."""


@frozen
class Future:
    """Marks a date that must be today or later."""


@frozen
class Contact:
    """Marks an address or telephone number. It is checked, and brought into one form. `kind`: `email`,
    `phone`, or `contact` if either is allowed.

    `shared`: whether several people may use the telephone, as in an office; False if it must be a person's
    own. A premium-rate, shared-cost, freephone or service number is then refused, because it reaches no named
    person and each call may cost money.
    """

    kind: str
    shared: bool = False


@frozen
class Ours:
    """Marks a person whose address may belong to the company itself, such as the company's representative.
    For a person without this mark, such an address is refused."""


@frozen
class Number:
    """Marks a whole number from `least` to `most`. `scale`: the code list with a label for each number, if a
    form offers the numbers as choices; "" if the number is typed."""

    least: int
    most: int
    scale: str = ""


@frozen
class Needed:
    """Marks a list that must not be empty."""


@frozen
class Denied:
    """Marks a question that must be answered with no, such as whether a mediator works for the company."""


@dataclass(frozen=True, eq=False)
class Choice:
    """Marks a parameter that can have only certain values on a case. Each field is a function that returns
    these values, or None.

    `of`: gets the case and the number of a matter (as text); returns the possible ids or codes. `matters`:
    gets the case; returns the numbers of the matters for which a value can be given. `about`: gets the case,
    the act, and the id of the thing that the move is taken on; returns the possible codes.
    """

    of: Callable[[Any, str], Collection[Any]] | None = None
    matters: Callable[[Any], Collection[int]] | None = None
    about: Callable[[Any, Any, str], Collection[Any]] | None = None


@dataclass(frozen=True, eq=False)
class FormRule:
    """The rule for how a form asks for a parameter. Parts of the parameter are given by name; "" means the
    whole parameter.

    `needed`: parts that the form requires, although a request may omit them. `when`: gets the case, and
    returns whether `needed` applies. `unless`: gets the case, and returns whether the form omits the
    parameter. `one_of`: parts of which one must be filled in; the error is shown at the first of them.

    `codes`: for a parameter with an answer for each code of a list, the codes whose answer is required.
    `without`: parts that the form omits. `never`: for each part, a code that the form does not offer.
    `unhinted`: parts without their usual hint, because the hint speaks to the complainant. `folded`: the form
    folds the parameter away, because it is rarely filled in. Only an optional parameter can be folded.
    """

    needed: tuple[str, ...] = ()
    when: Callable[[Any], object] = lambda case: True
    unless: Callable[[Any], object] = lambda case: False
    one_of: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    never: Mapping[str, str] = field(default_factory=dict)
    unhinted: tuple[str, ...] = ()
    folded: bool = False


ITSELF = FormRule(needed=("",))
RARE = FormRule(folded=True)
Text = Annotated[str, Words()]
Message = Annotated[str, Words(MESSAGE, filed=True, box="story")]
Story = Annotated[str, Words(STORY, box="story")]
Short = Annotated[str, Words(200, box="line")]
Name = Annotated[str, Words(200, box="line"), Named()]
Brand = Annotated[str, Words(200, box="line"), Named(site=True)]
OfficialText = Annotated[Text, Official()]
OfficialMessage = Annotated[Message, Official()]
OfficialStory = Annotated[Story, Official()]
OfficialShort = Annotated[Short, Official()]
OfficialBrand = Annotated[Brand, Official()]
Money = Annotated[int, Fen()]
Email = Annotated[str, Contact("email")]
Phone = Annotated[str, Contact("phone")]
OfficePhone = Annotated[str, Contact("phone", shared=True)]
EmailOrPhone = Annotated[str, Contact("contact")]
YesNo = Annotated[bool, TwoAnswers()]
PartyId = Annotated[str, Names("party")]
ObligationId = Annotated[str, Names("obligation", stated=True)]
RepresentativeId = Annotated[str, Names("representative")]
MeetingId = Annotated[str, Names("meeting", stated=True)]
MailId = Annotated[str, Names("mail")]
OfferId = Annotated[str, Names("offer", stated=True)]
ConductId = Annotated[str, Names("conduct", "which")]
ForwardId = Annotated[str, Names("forward", stated=True)]
SignerId = Annotated[str, Names("signer")]
ColleagueId = Annotated[str, Names("colleague", "to")]
MentionedId = Annotated[str, Names("mentioned", "mentions")]
"""The id of a colleague whom a note mentions."""
MatterNumber = Annotated[int, Names("matter")]
EarlierRef = Annotated[str, Names("earlier")]
"""The number of an earlier case of the same consumer."""
EvidenceIds = tuple[Annotated[str, Names("evidence")], ...]
DepartmentId = Annotated[str, Names("department")]
TeamId = Annotated[str, Names("team", "to")]
DeadlineName = Annotated[str, Names("deadline")]
Digest = Annotated[str, Names("digest", stated=True)]
"""The digest of a text that is to be signed. A form sends the digest of the text that it shows, so that
people sign exactly that text."""
ShownTexts = tuple[Annotated[str, Names("script", "on_page")], ...]
"""The texts of letters that the page of a form showed. The form posts them unseen."""
ReadBack = Annotated[bool, ByStaff()]
"""Whether the staff member who records the move has called the number on file, read the move out, and heard
the person say yes."""
ScanId = Annotated[str, Names("scan")]
Scan = Annotated[ScanId | None, ByStaff()]
"""The evidence number of a scanned paper. On this paper, the person made the move that staff record."""
Whom = Annotated[PartyId | None, ByStaff()]
"""The id of the person for whom staff record the move. A party leaves it out, because they act for themselves
or for the person whom they represent."""
ANYBODY = Choice(lambda case, _: [party.id for party in case.parties if not party.left])
"""Allows the id of any person who is on the case now. If no id is given, all complainants are meant."""
EntryWords = Annotated[Mapping[int, Mapping[str, Any]], Given()]
"""What people wrote in each entry of the timeline. The key is the number of the entry. The value is its
words, keyed by field."""
