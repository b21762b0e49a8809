"""The consequences of an act, for the page that offers the act. The page tells what the party gives up by the
act, and which letters are sent."""

from collections.abc import Iterator
from datetime import datetime

from chalicelib.domain.engine.deadlines import reopen_window, undo_withdrawal
from chalicelib.domain.engine.declare import MOVES, Tell
from chalicelib.domain.engine.running import DEADLINES, Run, ends
from chalicelib.domain.model.codes import AUTOMATIC
from chalicelib.domain.policy import policy
from chalicelib.locale.formats import listed, texts
from chalicelib.locale.lengths import lengths
from chalicelib.web.pages import say
from chalicelib.web.pages.consumer.own_view import View

EVERYBODY = frozenset({"both", "all"})
"""The words that name the recipient of a letter in the declaration of a move, and that mean both sides."""


def given_up(language: str, act: str, rules: str) -> str:
    """Return a text on what a party gives up by an act. Return an empty string if the party gives up nothing.
    `act`: the name of the act in `page.consumer.move` of `locale/`. `rules`: the name of the policy, which
    has the lengths of time in the text."""
    found = str(texts(language)["page"]["consumer"]["move"][act].get("gives_up", ""))
    return found.format(**lengths(language, rules))


def open_after_withdrawal(view: View) -> dict[str, datetime]:
    """Return the ends (UTC) of two windows for a withdrawal at this moment: undoing it, and reopening the
    complaint. The key is the name of the deadline. The result is empty if staff must first call the party
    about the withdrawal, because the windows start with that call."""
    if view.party.way not in AUTOMATIC:
        return {}
    windows = [undo_withdrawal.__name__, *([reopen_window.__name__] if view.case.reopens else [])]
    rules, now = policy(view.case.policy).rules, Run("", view.now)
    return {
        name: at
        for name in windows
        if (at := ends(view.case, DEADLINES[name], rules[name], now, []).at) is not None
    }


def letters(view: View, move: str) -> Iterator[str]:
    """Yield sentences that name the letters which a move sends. The letters to the reader's side come first,
    and those to the other side follow. For each side, a sentence names the letters that are certain, and
    another sentence those that are possible. If the move sends no letter, yield a sentence that says so."""
    to_us = EVERYBODY | {"party", "business" if view.company else "consumer"}
    to_them = EVERYBODY | {"other side", "creditor"} if view.case.business else frozenset[str]()
    found = [
        (says, told)
        for certain, perhaps, to in (("you", "you_perhaps", to_us), ("other", "other_perhaps", to_them))
        for says, told in (
            (certain, [tell for tell in MOVES[move].tells if tell.to in to and not tell.optional]),
            (perhaps, [tell for tell in MOVES[move].tells if tell.to in to and tell.optional]),
        )
    ]
    for says, told in found:
        if told:
            yield say(view.language, f"consumer.act.{says}", letters=_named(view.language, told))
    if not any(told for _, told in found):
        yield say(view.language, "consumer.act.no_letter")


def _named(language: str, told: list[Tell]) -> str:
    names = (name for tell in told for name in tell.letters)
    return listed(language, dict.fromkeys(names), "letter")
