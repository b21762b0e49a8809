"""The consequences of an act, for the page that offers the act. The page tells what the party gives up by the
act, and which letters are sent."""

from collections.abc import Iterator
from datetime import datetime

from chalicelib.domain.engine.deadlines import reopen_window, undo_withdrawal
from chalicelib.domain.engine.declare import MOVES
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
    """Yield sentences that name the letters which a move sends. The letters to both sides come first, then
    those to the reader's side, then those to the other side. The letters that are certain come before those
    that are possible. If the move sends no letter, yield a sentence that says so."""
    to_us = EVERYBODY | {"party", "business" if view.company else "consumer"}
    to_them = EVERYBODY | {"other side", "creditor"} if view.case.business else frozenset[str]()
    told = [
        (suffix, _told(move, to_us, optional), _told(move, to_them, optional))
        for suffix, optional in (("", False), ("_perhaps", True))
    ]
    for suffix, ours, theirs in told:
        for says, names in (
            ("both", [name for name in ours if name in theirs]),
            ("you", [name for name in ours if name not in theirs]),
            ("other", [name for name in theirs if name not in ours]),
        ):
            if names:
                yield say(
                    view.language,
                    f"consumer.act.{says}{suffix}",
                    letters=listed(view.language, names, "letter"),
                )
    if not any(ours or theirs for _, ours, theirs in told):
        yield say(view.language, "consumer.act.no_letter")


def _told(move: str, to: frozenset[str], optional: bool) -> list[str]:
    """Return the names of the letters of a move to these recipients, without repetition. `optional`: whether
    to return the letters that are only possible; otherwise those that are certain."""
    tells = (tell for tell in MOVES[move].tells if tell.to in to and tell.optional == optional)
    return [*dict.fromkeys(name for tell in tells for name in tell.letters)]
