"""The copy of the personal data of one party, as JSON. It has everything that is stored about them on one
case, as far as they may read it, and says what is left out and why. Its schema is `DataCopy`."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pydantic import TypeAdapter
from typing_extensions import TypedDict

from chalicelib.domain.data_kinds import data_kinds
from chalicelib.evidence.uploads import Upload
from chalicelib.view.feedback import story_words
from chalicelib.web.api import cases as api_cases, timeline as api_timeline
from chalicelib.web.api.answers import ListedFile
from chalicelib.web.api.case_answers import PartyCase
from chalicelib.web.api.openapi import Schemas
from chalicelib.web.api.values import Moment, plain, view_json
from chalicelib.web.pages import say
from chalicelib.web.pages.consumer.letters import letters
from chalicelib.web.pages.consumer.own_view import View

FORMAT = "data-copy-2"
"""The name of the schema. A change that a reader of the copy would not understand gets a new number."""
MOST_BYTES = 3_000_000
"""The most bytes of a copy. The site can answer with 6 MB, in which each quotation mark takes two bytes."""
AT_ONCE = 100
"""How many entries of the timeline are read in one query."""


class Letter(TypedDict):
    """A letter to the person. `name`: what it is. `how`: the code of the way in which it reached them."""

    name: str
    at: Moment
    how: str
    subject: str
    text: str


class OwnStory(TypedDict):
    """A story of the person for publication, with the words that are or were published."""

    id: str
    released: Moment | None
    withdrawn: Moment | None
    text: str


class DataCopy(TypedDict):
    """The data of one person on one case. `person`: what they told us of themselves, with addresses.
    `settings`: how letters reach them, and what they may do. `complaint`: the complaint as they filed it, in
    their words and in codes; None if another person filed it. `case`: the case as the interface answers it.
    `timeline`: the entries that they may see, newest first, with the hash of each. `letters`: newest first.
    `files`: what they sent; the files themselves are on the complaint page.

    `left_out`: the kinds of data that are not in the copy, each with the reason. `complete`: False if the
    oldest entries or letters are missing, because the copy would be too large."""

    format: str
    schema: str
    number: str
    made: Moment
    person: Mapping[str, Any]
    settings: Mapping[str, Any]
    complaint: Mapping[str, Any] | None
    case: PartyCase
    timeline: list[Mapping[str, Any]]
    letters: list[Letter]
    stories: list[OwnStory]
    files: list[ListedFile]
    left_out: Mapping[str, str]
    complete: bool


def schema() -> dict[str, Any]:
    """Return the JSON Schema of a copy."""
    return TypeAdapter(DataCopy).json_schema(mode="serialization", schema_generator=Schemas)


def data_copy(view: View, at: str, told: Callable[[Upload], ListedFile], most: int = MOST_BYTES) -> bytes:
    """Return the copy for the party of `view` as JSON (UTF-8). `at`: the address of the schema. `told`: a
    function that returns a file as the interface shows it. `most`: the most bytes."""
    case, party = view.case, view.party
    row = view.dossier.people.get(party.id, {})
    found: dict[str, Any] = {
        "format": FORMAT,
        "schema": at,
        "number": case.ref,
        "made": view_json(view.now),
        "person": {name: had for name, had in row.items() if name != "pending"},
        "settings": api_cases.PERSON(party, role=party.role.code, known_by=[], kept=""),
        "complaint": {**view.complaint, **plain(case.intake)} if view.first else None,
        "case": api_cases.open_case(view, view.offers, lambda: view.roster),
        "timeline": [],
        "letters": [],
        "stories": [
            {
                "id": one.id,
                "released": view_json(one.released),
                "withdrawn": view_json(one.withdrawn),
                "text": story_words(view, one),
            }
            for one in case.feedback.stories
            if one.of == party.id
        ],
        "files": [told(upload) for upload in view.product.uploads.seen(view.dossier, view.caller)],
        "left_out": {
            kind.name: say(view.language, f"consumer.copy.left_out.{kind.left_out}")
            for kind in data_kinds()
            if kind.left_out
        },
        "complete": True,
    }
    room = most - len(_json(found))
    parts: list[tuple[list[Any], Iterator[Any]]] = [
        (found["letters"], _letters(view)),
        (found["timeline"], _entries(view)),
    ]
    for part, every in parts:
        for one in every:
            room -= len(_json(one))
            if room < 0:
                found["complete"] = False
                break
            part.append(one)
    return _json(found)


def _letters(view: View) -> Iterator[Mapping[str, Any]]:
    before: str | None = ""
    while before is not None:
        some, older = letters(view, before)
        yield from ({**one, "how": one["how"].removeprefix("letter_")} for one in some)
        before = older or None


def _entries(view: View) -> Iterator[Mapping[str, Any]]:
    show, before = api_timeline.entries(view, untruncated=True), None
    while True:
        some, before = view.dossier.page(show, AT_ONCE, before)
        yield from some
        if before is None:
            return


def _json(said: Any) -> bytes:
    return json.dumps(said, ensure_ascii=False, indent=1, default=list).encode()
