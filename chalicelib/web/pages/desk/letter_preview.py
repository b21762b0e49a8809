"""The letters that a move would send, as their readers get them. The desk shows them before anything is
sent."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any, NamedTuple

from chalicelib.access.authorization import Thing
from chalicelib.domain.calendar import instant, stamp
from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.frozen import replace
from chalicelib.domain.holds import MAIL
from chalicelib.domain.model.case import Case
from chalicelib.domain.model.change import Change
from chalicelib.domain.model.codes import Side
from chalicelib.domain.model.letters import letter_of
from chalicelib.domain.moves.parties import circle_of
from chalicelib.letters import Rendered, without_links
from chalicelib.web import read_log
from chalicelib.web.pages.desk.reading import Reading

MOST = 12
"""How many letters to people outside are shown in full. A move on a joint case can send hundreds, which
differ in the names of their readers. The recipients of the others are only named."""
LETTERS = "letters"
"""The name of the part of a page with the letters that a move would send."""
Row = Mapping[str, Any]


class LetterShown(NamedTuple):
    """A letter that a move would send. `to`: a sentence that names its recipient and the delivery channel.
    `subject` and `text`: what the recipient gets. `whole`: the text on the recipient's page, if their mail or
    short message leaves out words; otherwise "". `readers`: sentences that name its other readers. The texts
    are empty if the officer may not read the letter."""

    to: str
    subject: str
    text: str
    whole: str
    readers: tuple[str, ...]


class LetterPreview(NamedTuple):
    """The letters that a move would send. `letters`: those to people outside. `more`: the recipients of
    further letters, which are not shown. `inside`: sentences that name the letters to colleagues.
    `approvers`: the roles that must approve the move before the letters in `letters` and `more` leave, as
    text; "" if they leave at once. `token`: what the form posts once an officer has seen the letters. It
    holds the moment for which they were written, and their digest. `held`: mail is held, so they wait."""

    letters: tuple[LetterShown, ...]
    more: tuple[str, ...]
    inside: tuple[str, ...]
    approvers: str
    token: str
    held: bool


def letter_preview(
    reading: Reading,
    move: str,
    said: Mapping[str, Any],
    at: datetime,
    unchanged: Callable[[Case], bool] = lambda case: True,
) -> LetterPreview:
    """Return the letters that a move would send if the caller took it at the moment `at` (UTC) on the case as
    it is now. If a second person must approve the move, they are those that the approval would send. `said`:
    the arguments of the move. `unchanged`: see `Casework.move`. Nothing is written or sent. Raises what
    `Casework.change` raises."""
    then = replace(reading.product.casework, now=lambda: at)
    change = then.change(move, reading.case.ref, reading.caller, said, None, unchanged)
    drafts, approvers = [*_drafts(reading, change, at)], ""
    if approval := then.approved(change):
        drafts += _drafts(replace(reading, dossier=reading.dossier.after(change)), approval, at)
        roles = change.case.approvals[-1].roles
        approvers = reading.words_of("leaves", "or").join(reading.label(role, "role") for role in roles)
    outside = [one for one in drafts if _is_outside(one.after, one.row)]
    full = [(one, one.made()) for one in outside[:MOST]]
    read = [(one.row["to"], one.row["way"], one.row["name"], letter.stored) for one, letter in full]
    digest = sha256(repr((sorted(said.items()), approvers, read)).encode()).hexdigest()[:16]
    return LetterPreview(
        tuple(_shown(one, letter) for one, letter in full),
        tuple(one.after.recipient(one.row["to"]) for one in outside[MOST:]),
        tuple(dict.fromkeys(_called(one) for one in drafts if one not in outside)),
        approvers if outside else "",
        f"{stamp(at)}.{digest}",
        MAIL in reading.product.held,
    )


def is_seen(reading: Reading, move: str, said: Mapping[str, Any], token: str) -> bool:
    """Return whether the officer who posts this token has seen the letters that the move would send now.
    Return False if a change of the case or of the form has changed a letter since. `token`: see
    `LetterPreview`."""
    at = seen_at(token, reading.now)
    return at is not None and letter_preview(reading, move, said, at).token == token


def seen_at(token: str, now: datetime) -> datetime | None:
    """Return the moment (UTC) for which the letters of a token were written. Return None for a malformed
    token, and for a moment after `now`."""
    try:
        at = instant(token.rpartition(".")[0])
    except ValueError:
        return None
    return at if at <= now else None


def is_shown_first(move: str) -> bool:
    """Return whether the desk shows the letters of a move before it is taken: it can send some, itself or
    once a second person has approved it."""
    declared = MOVES[move]
    return declared.grants or bool(declared.tells)


class _Draft(NamedTuple):
    """A letter before it is written. `after`: the case after the move. `row`: the row that would be stored
    for the letter. `made` returns its text."""

    after: Reading
    row: Row
    made: Callable[[], Rendered]


def _drafts(reading: Reading, change: Change, at: datetime) -> Iterator[_Draft]:
    """Yield the letters of a change, also those of other cases that the move changes."""
    product = reading.product
    for one in (change, *change.also):
        before = reading.dossier if one is change else product.file.dossier_of(one.before or one.case)
        if one is not change and product.casework.sees(one.case, reading.caller):
            read_log.log_read(one.case, Thing.CASE, reading.caller)
        caller = reading.caller
        if one is change and reading.case.team in caller.teams:
            # they read the letters of their own act, also if it gives the case to another team
            caller = replace(caller, teams=caller.teams | {one.case.team})
        after = replace(reading, dossier=before.after(one), caller=caller)
        for row, made in product.correspondence.drafted(before, one, reading.roster, at):
            yield _Draft(after, row, made)


def _is_outside(after: Reading, row: Row) -> bool:
    """Return whether a letter goes to a party or a mediator, and not to a colleague."""
    return str(row["to"]).startswith("party:") or row["to"] == f"staff:{after.dossier.case.mediator}"


def _shown(draft: _Draft, letter: Rendered) -> LetterShown:
    """Return a letter as the desk shows it."""
    after, row = draft.after, draft.row
    to = after.words_of("leaves", "to", row["way"], to=after.recipient(row["to"]))
    readers = tuple(_readers(after, row))
    if not after.reader.reads_letter(row):
        return LetterShown(to, "", "", "", readers)
    short = without_links(letter.short)
    text, whole = (short, letter.stored) if short else (letter.stored, letter.whole)
    return LetterShown(to, letter.subject, text, whole, readers)


def _readers(after: Reading, row: Row) -> Iterator[str]:
    """Yield sentences that name the other readers of a letter: people who act for its recipient, the partner
    that filed the complaint, and our staff."""
    case, declared, (kind, _, id) = after.dossier.case, letter_of(row["name"]), row["to"].partition(":")
    if kind == "party":
        party = case.party(id)
        whose = party.represents or id
        if party.represents:
            yield after.words_of("leaves", "for", name=after.name(whose))
        others = [one for one in case.parties if one.id in circle_of(case, whose) - {id} and not one.left]
        if others and not declared.own:
            names = after.words_of("comma").join(after.name(one.id) for one in others)
            yield after.words_of("leaves", "on_page", names=names)
        if declared.decides and case.partner_reads and party.side == Side.CONSUMER and not declared.confided:
            yield after.words_of("leaves", "partner", partner=str(case.intake.partner).partition(":")[2])
    yield after.words_of("leaves", "neutral" if after.reader.of_the_talks(row) else "staff")


def _called(draft: _Draft) -> str:
    """Return the name of a letter to colleagues, and its recipient."""
    after, row = draft.after, draft.row
    return after.colon(after.recipient(row["to"]), after.letter_called(row["key"] or row["name"]))
