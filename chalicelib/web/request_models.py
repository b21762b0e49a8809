"""Strict request models, made from the signatures of the moves. A model reports all faulty fields at once,
each with a code that has a sentence in both languages."""

import re
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import MISSING, fields, is_dataclass
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from functools import cache, partial, reduce
from inspect import Parameter
from operator import or_
from types import GenericAlias, NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    WithJsonSchema,
    create_model,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

from chalicelib.domain.calendar import SHANGHAI
from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.finding import EXTENSION
from chalicelib.domain.model.case import Case
from chalicelib.domain.model.codes import Topic
from chalicelib.domain.model.field_marks import (
    Contact,
    Denied,
    EmailOrPhone,
    Fen,
    Future,
    Named,
    Names,
    Needed,
    Number,
    Past,
    Words,
)
from chalicelib.domain.money import MOST_WRITTEN, OtherCurrency, fen
from chalicelib.domain.moves.intake import MOBILE
from chalicelib.domain.reference import read
from chalicelib.domain.register import MOST, Mediator, register_faults

Fields = dict[str, Any]
MOST_ITEMS = 200
CHINA = 86
"""The country code for telephone numbers of mainland China."""
MOST_CODE = 100
"""The most characters of an id in a request, such as the id of a person, a question or a team."""
MOST_MARKS = 30
"""The most combining marks that are kept on one letter (UAX 15, stream-safe text)."""
LINK = re.compile(r"\S@\S|\w://|\bwww\.|[a-z0-9-]\.[a-z]{2,}[/:?]", re.IGNORECASE | re.ASCII)
"""The format of an e-mail address, or of text that mail programs turn into a link. Names may not contain
either."""
SITE = re.compile(
    r"[a-z0-9-]\.(app|asia|biz|cc|click|club|cn|co|com|hk|icu|info|io|link|live|me|mobi|net|online|org"
    r"|shop|site|store|tech|tk|top|tw|vip|website|xyz)\b",
    re.IGNORECASE | re.ASCII,
)
"""The format of the bare name of a web site, such as shop.com. Most names may not contain one. A name such as
St.John does not match."""
EARLIEST, AHEAD = date(1990, 1, 1), timedelta(days=3660)
"""The earliest date that is accepted (`EARLIEST`), and how far in the future a date may be (`AHEAD`, ten
years). Any other date counts as a typing error."""
STRICT = ConfigDict(strict=True, extra="forbid", hide_input_in_errors=True, defer_build=True)
"""The settings of every request model. The validator of a model is built when the model is first used, which
keeps the start fast."""


@cache
def body_of(move: str) -> type[BaseModel]:
    """Return the request model of a move: a strict type for each parameter, and no other fields."""
    declared = MOVES[move]
    typed: Fields = {
        name: (_needed(hint), ...) if default is Parameter.empty else (_typed(hint), default)
        for name, (hint, default) in declared.parameters.items()
    }
    return _model(f"{move.title().replace('_', '')}Body", declared.says, typed)


def arguments(move: str, raw: bytes | str, now: datetime) -> dict[str, Any]:
    """Return the arguments of a move from a request body, in the types of the move's parameters. `raw`: the
    body. `now`: decides which dates are past or future. Raises ValidationError with all faulty fields."""
    body = body_of(move).model_validate_json(raw or b"{}", context={"now": now})
    return {name: getattr(body, name) for name in body.model_fields_set}


@cache
def link_of() -> type[BaseModel]:
    """Return the request model of a request for an access link that was lost."""
    says = "The number of a complaint, and an e-mail address or telephone number that was given with it."
    return _model("LinkAsked", says, {"number": (_typed(Case), ...), "contact": (_typed(EmailOrPhone), ...)})


def link_asked(raw: bytes | str) -> dict[str, Any]:
    """Return the `number` and the `contact` in a request for an access link. Raises ValidationError with all
    faulty fields."""
    asked = link_of().model_validate_json(raw or b"{}")
    return {name: getattr(asked, name) for name in asked.model_fields_set}


@cache
def suggestion_of() -> type[BaseModel]:
    """Return the request model of a suggestion."""
    typed: Fields = {"text": (_typed(Annotated[str, Words()]), ...), "topic": (Topic | None, None)}
    return _model("Suggestion", "A suggestion, and what it is about.", typed)


def suggestion(raw: bytes | str) -> tuple[str, Topic | None]:
    """Return the text of a suggestion, and its topic or None. Raises ValidationError with all faulty
    fields."""
    asked = dict(suggestion_of().model_validate_json(raw))
    return asked["text"], asked["topic"]


@cache
def register_of() -> type[BaseModel]:
    """Return the request model of several mediators to be entered in the register."""
    return _model(
        "Mediators",
        "Mediators to be entered. `mediators`: each of them, new or as they are now.",
        {
            "mediators": (
                Annotated[
                    GenericAlias(tuple, (_record(Mediator), ...)), Field(min_length=1, max_length=MOST)
                ],
                ...,
            )
        },
    )


def mediators(raw: bytes | str, now: datetime, staff: Collection[str]) -> tuple[Mediator, ...]:
    """Return the mediators in a request body. `staff`: ids and addresses of the company's staff, who cannot
    be mediators. Raises ValidationError with all faulty fields of all entries."""
    people: tuple[Mediator, ...] = dict(register_of().model_validate_json(raw, context={"now": now}))[
        "mediators"
    ]
    said = {
        "employed": PydanticCustomError("employed", "somebody who works for the company"),
        "repeated": PydanticCustomError("repeated", "named before"),
    }
    if wrong := [
        InitErrorDetails(type=said[code], loc=("mediators", n, "id"), input=None)
        for n, code in register_faults(people, staff)
    ]:
        raise ValidationError.from_exception_data("Mediators", wrong, hide_input=True)
    return people


def _model(name: str, says: str, typed: Fields) -> type[BaseModel]:
    model: type[BaseModel] = create_model(name, __config__=STRICT, __doc__=says, **typed)
    return model


def _needed(hint: Any) -> Any:
    """Return the type that a request model uses for a required parameter. `hint`: the type in the domain. A
    required list or mapping must not be empty."""
    listed = get_origin(getattr(hint, "__origin__", hint)) or get_origin(hint)
    return Annotated[_typed(hint), Field(min_length=1)] if listed in (tuple, dict) else _typed(hint)


def _typed(hint: Any) -> Any:
    """Return the type that a request model uses for the domain type `hint`. The marks in `hint` become
    pydantic validators."""
    if hasattr(hint, "__metadata__"):
        inner: Any = hint.__origin__
        if any(isinstance(mark, Words) for mark in hint.__metadata__):
            words = next(mark for mark in hint.__metadata__ if isinstance(mark, Words))
            clean = BeforeValidator(partial(_clean, words))
            cleaned = Annotated[str, Field(min_length=1, max_length=words.most), clean]
            named = next((mark for mark in hint.__metadata__ if isinstance(mark, Named)), None)
            return Annotated[cleaned, BeforeValidator(partial(_named, words, named))] if named else cleaned
        checks = [check for mark in hint.__metadata__ for check in _checks(mark)]
        typed = _typed(inner)
        for check in checks:
            typed = Annotated[typed, check]
        return typed
    if hint is Case:
        return Annotated[str, AfterValidator(_reference)]
    if is_dataclass(hint) and isinstance(hint, type):
        return _record(hint)
    origin, parts = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return reduce(or_, (part if part is NoneType else _typed(part) for part in parts))
    if origin is tuple:
        most = len(parts[0]) if isinstance(parts[0], type) and issubclass(parts[0], Enum) else MOST_ITEMS
        return Annotated[
            GenericAlias(tuple, (_typed(parts[0]), ...)), Field(max_length=min(most, MOST_ITEMS))
        ]
    if origin is dict:
        return Annotated[GenericAlias(dict, (parts[0], _typed(parts[1]))), Field(max_length=MOST_ITEMS)]
    if hint in (date, datetime):
        return Annotated[hint, AfterValidator(_sane)]
    return Annotated[str, Field(min_length=1, max_length=MOST_CODE)] if hint is str else hint


@cache
def _record(kind: type) -> Any:
    """Return a strict request model for a dataclass of the domain. A validated value is an instance of the
    dataclass."""
    hints = get_type_hints(kind, include_extras=True)
    model = _model(
        kind.__name__,
        kind.__doc__ or "",
        {
            field.name: (_typed(hints[field.name]), ... if field.default is MISSING else field.default)
            for field in fields(kind)
            if field.name not in DECIDED_LATER.get(kind.__name__, ())
        },
    )
    return Annotated[
        model,
        AfterValidator(lambda body: kind(**{name: getattr(body, name) for name in type(body).model_fields})),
    ]


DECIDED_LATER = {"Matter": ("accepted", "ground", "earlier"), "Outside": ("replied", "party")}
"""Fields of a dataclass that no request may fill in: class name → fields."""


def _checks(mark: Any) -> list[Any]:
    if isinstance(mark, Fen):
        return [
            BeforeValidator(_fen),
            WithJsonSchema(
                {
                    "type": "object",
                    "required": ["amount"],
                    "additionalProperties": False,
                    "properties": {
                        "amount": {
                            "type": "string",
                            "description": "Yuan with at most two decimals.",
                            "maxLength": MOST_WRITTEN,
                            "examples": ["1655.00", "1,655.00", "1655元"],
                        },
                        "currency": {
                            "type": "string",
                            "const": "CNY",
                            "description": "The currency. Only CNY is accepted, also if it is left out.",
                        },
                    },
                }
            ),
        ]
    if isinstance(mark, Past):
        return [AfterValidator(_past)]
    if isinstance(mark, Future):
        return [AfterValidator(_future)]
    if isinstance(mark, Number):
        return [Field(ge=mark.least, le=mark.most)]
    if isinstance(mark, Names) and mark.kind == "earlier":
        return [AfterValidator(_reference)]
    if isinstance(mark, Needed):
        return [Field(min_length=1)]
    if isinstance(mark, Denied):
        return [AfterValidator(_not_so)]
    if isinstance(mark, Contact):
        own = [AfterValidator(_own_phone)] if mark.kind == "phone" and not mark.shared else []
        return [Field(max_length=200), AfterValidator(CONTACTS[mark.kind]), *own]
    return []


def _clean(words: Words, value: Any) -> Any:
    """Return text in one normal form: composed characters (NFC), one kind of line end, no control characters,
    no space at either end. `words`: the limits of the field.

    If the field takes one line, line breaks become spaces, so that a name cannot add a line to a letter. A
    text that is too long raises PydanticCustomError first, because normalising it would take long."""
    if not isinstance(value, str):
        return value
    text = value.replace("\r\n", "\n").replace("\r", "\n").strip()
    if len(text) > words.most:
        raise PydanticCustomError(
            "message_too_long" if words.filed else "string_too_long", "too long", {"max_length": words.most}
        )
    text = unicodedata.normalize("NFC", text if text.isascii() else "".join(_marked(text)))
    text = "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs")).strip()
    return " ".join(text.split()) if words.box == "line" else text


def _named(words: Words, named: Named, value: Any) -> Any:
    """Return a name unchanged. Letters of every script are allowed. Raises PydanticCustomError if the name
    contains an invisible character (Cc, Cf), an e-mail address or a link, even in full-width letters."""
    # a value that is no text, or too long, is reported by the next validator
    if not isinstance(value, str) or len(value) > words.most:
        return value
    if any(unicodedata.category(c) in ("Cc", "Cf") for c in value.strip()):
        raise PydanticCustomError("name_characters", "invisible characters in a name")
    plain = unicodedata.normalize("NFKC", "".join(_marked(value)))
    if LINK.search(plain) or (not named.site and SITE.search(plain)):
        raise PydanticCustomError("name_address", "an address or a link in a name")
    return value


def _marked(text: str) -> Iterator[str]:
    """Yield the characters of a text, with at most `MOST_MARKS` combining marks on each letter. The rest is
    left out, because normalising thousands of marks on one letter would take seconds."""
    marks = 0
    for c in text:
        marks = marks + 1 if unicodedata.combining(c) else 0
        if marks <= MOST_MARKS:
            yield c


def _reference(value: str) -> str:
    ref = read(value)
    if ref is None:
        raise PydanticCustomError("reference", "not a number of a complaint")
    return ref


def _fen(value: Any) -> Any:
    """Return an amount such as {"amount": "1655元", "currency": "CNY"} in fen; None for None. Raises
    PydanticCustomError for any other value."""
    if value is None:
        return None
    ours = isinstance(value, dict) and set(value) <= {"amount", "currency"}
    if not ours or not isinstance(value.get("amount"), str):
        raise PydanticCustomError("money", "an amount such as 1655.00")
    try:
        if value.get("currency", "CNY") != "CNY":
            raise OtherCurrency
        return fen(value["amount"])
    except OtherCurrency:
        raise PydanticCustomError("money_currency", "in another currency than CNY, or in two") from None
    except ValueError:
        raise PydanticCustomError("money", "an amount such as 1655.00, no fraction of a fen") from None


def _sane(value: Any, info: ValidationInfo) -> Any:
    now: datetime = (info.context or {})["now"]
    if not EARLIEST <= (value.date() if isinstance(value, datetime) else value) <= now.date() + AHEAD:
        raise PydanticCustomError("date_range", "no date that can be meant")
    return value


def _past(value: Any, info: ValidationInfo) -> Any:
    now: datetime = (info.context or {})["now"]
    value = _zoned(value)
    if value is not None and (
        value > now if isinstance(value, datetime) else value > now.astimezone(SHANGHAI).date()
    ):
        raise PydanticCustomError("date_future", "lies in the future")
    return value


def _future(value: Any, info: ValidationInfo) -> Any:
    now: datetime = (info.context or {})["now"]
    value = _zoned(value)
    if value is not None and (
        value < now if isinstance(value, datetime) else value < now.astimezone(SHANGHAI).date()
    ):
        raise PydanticCustomError("date_past", "lies in the past")
    return value


def _zoned(value: Any) -> Any:
    """Return a moment in UTC, without fractions of a second; return a date unchanged. Raises
    PydanticCustomError for a moment without a time zone."""
    if not isinstance(value, datetime):
        return value
    if value.tzinfo is None:
        raise PydanticCustomError("datetime_zone", "a moment needs its time zone")
    return value.astimezone(UTC).replace(microsecond=0)


def _not_so(value: bool) -> bool:
    if value:
        raise PydanticCustomError("employed", "somebody who works for the company")
    return value


def _email(value: str) -> str:
    from email_validator import EmailNotValidError, validate_email

    try:
        return validate_email(value.strip(), check_deliverability=False).normalized
    except EmailNotValidError:
        raise PydanticCustomError("email", "not an e-mail address") from None


def _phone(value: str) -> str:
    import phonenumbers

    try:
        number = phonenumbers.parse(EXTENSION.sub(r"\g<line> ext. \g<it>", value), "CN")
    except phonenumbers.NumberParseException:
        number = None
    # refuse a number without area code, or of an office such as 12345, because it identifies no person
    whole = phonenumbers.ValidationResult.IS_POSSIBLE
    if number is None or phonenumbers.is_possible_number_with_reason(number) != whole:
        raise PydanticCustomError("phone", "not a phone number")
    whole_number = str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
    return f"{whole_number};ext={number.extension}" if number.extension else whole_number


def _own_phone(value: str) -> str:
    """Return a telephone number unchanged if it can belong to one person. Raises PydanticCustomError for any
    other kind of number, and for a number of mainland China outside its numbering plan."""
    import phonenumbers
    from phonenumbers import PhoneNumberType as Kind

    number = phonenumbers.parse(value)
    kind = phonenumbers.number_type(number)
    unknown = kind == Kind.UNKNOWN and (number.country_code != CHINA or MOBILE.fullmatch(value))
    own = (Kind.FIXED_LINE, Kind.MOBILE, Kind.FIXED_LINE_OR_MOBILE, Kind.VOIP)
    if kind not in own and not unknown:
        raise PydanticCustomError("phone_shared", "not a number of one person")
    return value


def _contact(value: str) -> str:
    try:
        return _email(value) if "@" in value else _phone(value)
    except PydanticCustomError:
        raise PydanticCustomError("contact", "neither an e-mail address nor a phone number") from None


CONTACTS = {"email": _email, "phone": _phone, "contact": _contact}
"""Kind of contact → function that checks a contact and returns its normal form."""
