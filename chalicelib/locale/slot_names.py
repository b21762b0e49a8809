"""The names of the slots of canned texts in each language, as people type and read them."""

from collections.abc import Mapping
from functools import cache

from chalicelib.domain import canned_texts
from chalicelib.domain.canned_texts import DUE, filled, plain, slots
from chalicelib.locale.formats import LANGUAGES, label, texts


@cache
def slot_names(language: str) -> Mapping[str, str]:
    """Return the names of all slots in a language: code → name."""
    page = texts(language)["page"]["canned"]
    return {
        code: page["due"].format(deadline=label(language, code.removeprefix(DUE), "deadline"))
        if code.startswith(DUE)
        else page["slot"][code]
        for code in slots()
    }


@cache
def typed_names() -> Mapping[str, str]:
    """Return the code of each name that people can type for a slot: its code, or its name in any language."""
    named = (slot_names(language) for language in LANGUAGES)
    return {
        **{plain(code): code for code in slots()},
        **{plain(name): code for names in named for code, name in names.items()},
    }


def with_names(language: str, text: str) -> str:
    """Return a stored canned text as people write it: each slot with its name in this language."""
    names = slot_names(language)
    return filled(text, lambda code: f"{{{names.get(code, code)}}}")


def unfilled(text: str) -> str:
    """Return the first slot of a canned text that is still empty in a text; "" if there is none."""
    return canned_texts.unfilled(text, typed_names()) if "{" in text or "｛" in text else ""
