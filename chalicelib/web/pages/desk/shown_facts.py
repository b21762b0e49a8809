"""The facts of the case that the form of a move showed when it was opened, and their changes since. Only a
change of these facts refuses an act. A reminder of the clock, or a message or note of others, does not."""

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache, partial
from hashlib import sha256
from typing import Any, NamedTuple
from zlib import DEFLATED, compressobj, decompressobj, error

from chalicelib.domain.engine.declare import MOVES
from chalicelib.web.forms import Field, Posted, fields, word
from chalicelib.web.forms.form_context import Asking
from chalicelib.web.pages import say
from chalicelib.web.pages.desk.items import DeskItem, ItemGroup
from chalicelib.web.pages.desk.reading import Reading

STAGE = "stage"
"""The name of the fact that holds the stage of the case."""
SHORT = "short"
"""The name of the mark on the facts of a short form, which shows only some of them."""
MATTER = ".matter"
"""The end of the name of a group of fields about one matter. The matter is a fact of the form."""
LONGEST, MOST_OPTIONS = 120, 30
"""`LONGEST`: the most characters of a fact that a form carries whole. Of a longer fact, it carries the
beginning and a digest. `MOST_OPTIONS`: a choice among more options comes from the roster or a list of codes,
so its options are no facts of the case."""
OF_GROUP = re.compile(r"(?:[^=/]+=[^=/]+=)?(\w+)/")
"""The beginning of the name of a fact that is an item of a group: the field and the choice that show the
item, if any, and the group."""
MOST = 200_000
"""The most bytes that the facts of a form are unpacked to."""


class Difference(NamedTuple):
    """A fact that has changed. `label`: what it is. `before`, `now`: its values as text; "" if there was
    none, or if there is none now."""

    label: str
    before: str
    now: str


class ShownFacts(NamedTuple):
    """The facts that a form showed. `entries`: the number of entries that the case had. `language`: the
    language of the texts. `facts`: the texts by name. `called` returns in words what the fact with a name
    is; a posted form does not carry it."""

    entries: int
    language: str
    facts: Mapping[str, str]
    called: Callable[[str], str] = str

    @classmethod
    def read(cls, packed: str) -> "ShownFacts | None":
        """Return the facts that a posted form carries. Return None for malformed facts, and for a form
        without any, such as one of an earlier release."""
        try:
            entries, language, body = packed.split(".")
            unpacked = decompressobj().decompress(urlsafe_b64decode(body), MOST)
            said = json.loads(unpacked)
            return cls(int(entries), language, {str(name): str(text) for name, text in said.items()})
        except (ValueError, AttributeError, error):
            return None

    @property
    def packed(self) -> str:
        """Return the facts as the form carries them."""
        # a small window, because setting up the usual one takes ten times as long as packing a few facts
        packer, facts = compressobj(9, DEFLATED, 12, 5), json.dumps(self.facts, ensure_ascii=False).encode()
        body = urlsafe_b64encode(packer.compress(facts) + packer.flush())
        return f"{self.entries}.{self.language}.{body.decode()}"

    def since(self, before: "ShownFacts", form: Posted) -> list[Difference]:
        """Return what has changed since a form showed the facts `before`. `form`: the posted form. An option
        counts only if it was chosen."""
        names = dict.fromkeys([*before.facts, *self.facts])
        if SHORT in before.facts:
            names = dict.fromkeys(name for name in before.facts if name != SHORT)
        return [
            Difference(self.called(name), *_plain(one, other))
            for name in names
            if (one := before.facts.get(name, "")) != (other := self.facts.get(name, ""))
            and _counts(name, form)
        ]


@cache
def unassigned(language: str) -> str:
    """Return the fact that nobody handles a case, as the form of a button carries it. The button takes a case
    from a list."""
    nobody = DeskItem(say(language, "desk.head.owner"), tag=say(language, "desk.nobody"))
    return ShownFacts(0, language, {SHORT: "", **_facts_of(ItemGroup("present", [nobody]))}).packed


def shown_facts(
    reading: Reading,
    ask: Asking,
    asked: Iterable[Field],
    about: Iterable[ItemGroup] = (),
    effects: Any = None,
    short: bool = False,
) -> ShownFacts:
    """Return the facts that the form of a move shows of the case as it is now. They are its stage, the values
    that the form opens with, the things to choose from, and the text above the form. All of them follow from
    the declaration of the move.

    `asked`: the fields of the form. `about`, `effects`: the content above the form. `short`: whether the form
    shows only some of the fields. A fact that such a form does not show cannot refuse the act."""
    found = list[tuple[str, str, str]]()
    if MOVES[ask.move].confided != "colleagues":  # a note for colleagues stays true at the next stage
        found.append((STAGE, reading.words_of("move", "stage"), reading.label(reading.case.stage, "stage")))
    begun = MOVES[ask.move].begins(reading.case, ask.seen.said)
    if begun:
        filled = (field for field in _leaves(fields(ask)) if field.name.partition(".")[0] in begun)
        found += [(field.name, field.label, _value(field)) for field in filled if field.values]
    found += _choices(asked)
    for group in about:
        title = reading.words_of("parts", group.name)
        found += [(name, title, text) for name, text in _facts_of(group).items()]
    found += [(SHORT, "", "")] if short else []
    if effects:
        digest = sha256(repr(effects).encode()).hexdigest()[:8]
        found.append(("effects", reading.words_of("move", "effects_called"), f"#{digest}"))
    return ShownFacts(
        reading.case.entries,
        reading.language,
        {name: _carried(text) for name, _, text in found},
        partial(_called, reading, ask.move, {name: label for name, label, _ in found}),
    )


def _called(reading: Reading, move: str, labels: Mapping[str, str], name: str) -> str:
    """Return what a fact is, in words. `labels`: the labels of the present facts. A fact that the case had
    earlier is called after its group of items, or after the parameter of the move."""
    if name in labels:
        return labels[name]
    if group := OF_GROUP.match(name):
        return reading.words_of("parts", group[1])
    parameter = name.partition("=")[0].partition(".")[0]
    if name.endswith(MATTER):
        return word(reading.language, "label", move, MATTER.strip("."))
    if parameter in MOVES[move].parameters:
        hint = MOVES[move].parameters[parameter][0]
        return word(reading.language, "label", move, parameter, hint)
    return reading.label(move, "move")


def _choices(asked: Iterable[Field]) -> Iterator[tuple[str, str, str]]:
    """Yield the things on the case that a form offers, and the matters for which it asks each. Each has its
    name, its label, and its text."""
    for field in asked:
        if field.of_case and len(field.options) <= MOST_OPTIONS:
            for option in field.options:
                yield f"{field.name}={option.code}", field.label, f"{option.label} {option.note}".strip()
        if field.widget == "each":
            yield from ((part.name, field.label, part.label) for part in field.parts)
        elif field.parts and field.name.endswith(MATTER):
            yield field.name, field.parts[0].label, field.label
        yield from _choices(field.parts)


def _facts_of(group: ItemGroup) -> dict[str, str]:
    """Return the text of each item of a group, by the name of the fact."""
    return {f"{item.of}=" * bool(item.of) + f"{group.name}/{item.title}": _text(item) for item in group.items}


def _text(item: Any) -> str:
    """Return all words of an item of the page as one text."""
    lines = [f"{name} {' '.join(map(str, said))}" for name, said in item.lines]
    return " · ".join(filter(None, [item.title, item.tag, item.note, item.text, *lines]))


def _value(field: Field) -> str:
    called = {option.code: option.label for option in field.options}
    return ", ".join(called.get(value, value) for value in field.values)


def _leaves(asked: Iterable[Field]) -> Iterator[Field]:
    for field in asked:
        yield from _leaves(field.parts) if field.parts else (field,)


def _carried(text: str) -> str:
    """Return a fact as a form carries it: the beginning of a long one, and its digest."""
    text = " ".join(text.split())
    if len(text) <= LONGEST:
        return text
    return f"{text[:LONGEST]}…#{sha256(text.encode()).hexdigest()[:8]}"


def _plain(*texts: str) -> tuple[str, str]:
    """Return two facts as text, without the digests of long ones."""
    before, now = (text.partition("#")[0] if "…#" in text or text.startswith("#") else text for text in texts)
    return before, now


def _counts(name: str, form: Posted) -> bool:
    """Return whether a change of this fact matters to the posted form."""
    field, chosen, code = name.partition("=")
    return not chosen or code.partition("=")[0] in form.all(field)
