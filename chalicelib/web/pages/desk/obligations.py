"""The obligations of a case as staff see them at the desk: debtor, creditor, state, due date, consequences,
and a proposed change."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from chalicelib.domain.engine.declare import move_names
from chalicelib.domain.model.codes import PAID, Duty
from chalicelib.domain.model.obligation import DONE, Consequence, Obligation, total
from chalicelib.domain.moves.approvals import approve
from chalicelib.domain.moves.breach import (
    find_breach,
    find_no_breach,
    record_cure,
    refer_breach,
    send_cure_notice,
    take_measure,
)
from chalicelib.domain.moves.changing import agree_change, refuse_change
from chalicelib.domain.moves.performance import decide_proof
from chalicelib.locale import formats
from chalicelib.view.obligation import (
    ObligationView,
    Terms,
    change_of,
    claim_of,
    denial_of,
    obligation_view,
    terms_of,
)
from chalicelib.web import pages
from chalicelib.web.forms.form_context import Asking, until_called
from chalicelib.web.pages.desk.items import DeskItem, ItemGroup
from chalicelib.web.pages.desk.reading import Line, Reading, first_words

TONES: Mapping[Duty, str] = {
    Duty.PENDING: "blue",
    Duty.DUE: "orange",
    Duty.CLAIMED: "orange",
    Duty.DISPUTED: "red",
    Duty.IN_CURE: "orange",
    Duty.BREACHED: "red",
    **dict.fromkeys(DONE, "green"),
}
NEXT = move_names(
    agree_change,
    refuse_change,
    decide_proof,
    send_cure_notice,
    find_breach,
    take_measure,
    record_cure,
    find_no_breach,
    refer_breach,
)
"""The moves of an officer on an obligation. The page shows a link at the obligation for each move that is
possible."""
RETURNS = move_names(find_breach, approve, take_measure)
"""The moves whose form also shows what the creditor owes the debtor in return, because the decision depends
on that debt."""


def ledger(reading: Reading) -> Iterator[DeskItem]:
    """Yield an item for each obligation of the case, with links to the moves that the reader can take on the
    obligation. Then yield an item for each pair of debtor and creditor, with the sum of the money owed."""
    for owed in reading.case.obligations:
        yield _item(
            reading, owed, first_words, [one for one in NEXT if owed.id in reading.offers.get(one, ())]
        )
    for debtor, to in dict.fromkeys((owed.debtor, owed.to) for owed in reading.case.open_obligations):
        amount = total(
            owed for owed in reading.case.open_obligations if (owed.debtor, owed.to) == (debtor, to)
        )
        if amount:
            said = reading.words_of("owed", "total", amount=formats.money(reading.language, amount))
            owes = {"debtor": reading.bound(debtor), "creditor": reading.bound(to)}
            yield DeskItem(said, reading.words_of("owed", "owes", **owes))


def asking(reading: Reading, move: str, obligation: str = "") -> Asking:
    """Return the context of the form of `move` for this member of staff. `obligation`: the id of the
    obligation that the form is about; empty for a form about all obligations."""
    return Asking(move, reading.case, reading.language, reading.roster, reading.seen.about(obligation))


def to_choose(reading: Reading, move: str, found: Collection[Obligation]) -> list[ItemGroup]:
    """Return the group of obligations from which staff choose one. `found`: these obligations. Each
    obligation has a link to the form of `move`."""
    return [ItemGroup("obligations", [_item(reading, owed, first_words, [move]) for owed in found])]


def about(reading: Reading, move: str, found: Collection[Obligation]) -> list[ItemGroup]:
    """Return groups of obligations that the page shows in full above the form of `move`. `found`: the
    obligations that the form is about. For a move in RETURNS, another group has what their creditors owe
    their debtors."""
    pairs = {(owed.to, owed.debtor) for owed in found} if move in RETURNS else set()
    back = [
        owed for owed in reading.case.obligations if (owed.debtor, owed.to) in pairs and owed not in found
    ]
    return [
        ItemGroup(name, [_item(reading, owed, str) for owed in listed])
        for name, listed in (("obligations", found), ("returns", back))
        if listed
    ]


def asked_of(reading: Reading) -> list[Obligation]:
    """Return the obligations for which a move waits for the approval of a second person."""
    ids = {asked.facts.get("obligation") for asked in reading.case.approvals}
    return [owed for owed in reading.case.obligations if owed.id in ids]


def _item(reading: Reading, one: Obligation, cut: Any, moves: Collection[str] = ()) -> DeskItem:
    owed = obligation_view(reading.reader, one)
    money = [formats.money(reading.language, owed.amount)] if owed.amount is not None else []
    title = " · ".join([owed.id, reading.label(owed.kind, "obligation_kind"), *money])
    source = (
        reading.words_of("owed", "of", id=owed.of)
        if owed.of
        else formats.clause(reading.language, owed.term.id)
        if owed.term
        else reading.words_of("owed", "matter", n=owed.matter)
    )
    note = reading.words_of(
        "owed", "owes", debtor=reading.bound(owed.debtor), creditor=reading.bound(owed.to)
    )
    tag = reading.words_of("part", "offer") if owed.offer else reading.label(*owed.mark)
    place = f"{pages.root()}/desk/cases/{reading.case.ref}/moves"
    links = tuple(
        (f"{place}/{move}?obligation={owed.id}", f"{reading.label(move, 'move')} · {owed.id}")
        for move in moves
    )
    terms = terms_of(reading.reader, owed).read(reading.language)
    return DeskItem(
        title,
        f"{note} · {source}",
        tag,
        "grey" if owed.offer else TONES.get(owed.state, "grey"),
        cut(terms or ("" if owed.term else reading.gist(owed.entry))),
        (*_days(reading, owed), *_after(reading, owed), *_shown(reading, owed), *_proposal(reading, owed)),
        links,
    )


def _days(reading: Reading, owed: ObligationView) -> Iterator[Line]:
    """Yield labelled lines about time: the due date, the obligation that must be performed first, and since
    when the obligation is settled."""
    language, first = reading.language, owed.waits_for
    yield _line(
        reading, "by", formats.moment(language, owed.due) if owed.due else until_called(language, owed)
    )
    if first:
        yield _line(reading, "waits", f"{first.id} · {reading.label(first.kind, 'obligation_kind')}")
    if owed.performed_on:
        yield _line(reading, "done_on", reading.date(owed.performed_on))
    if not owed.open:
        yield _line(reading, "since", reading.moment(owed.since))


def _after(reading: Reading, owed: ObligationView) -> Iterator[Line]:
    """Yield labelled lines on what followed a missed due date: the demand for performance, the time to cure,
    the breach, and the measures."""
    if owed.notice:
        yield _line(reading, "notice", reading.moment(owed.notice))
    if owed.notice and owed.open:
        said = (
            formats.moment(reading.language, owed.cure)
            if owed.cure
            else reading.words_of("run", "undelivered")
        )
        over = reading.reader.past(owed.cure)
        yield _line(reading, "cure", reading.words_of("owed", "over", until=said) if over else said)
    if owed.notice and owed.open and owed.term and not owed.measures:
        penalty = [formats.money(reading.language, owed.term.penalty)] if owed.term.penalty else []
        yield _line(reading, "agreed", " · ".join([reading.label(owed.term.measure, "measure"), *penalty]))
    if owed.found:
        yield _line(reading, "found", reading.moment(owed.found))
    if owed.measures:
        until = [formats.moment(reading.language, owed.measured)] if owed.measured and owed.open else []
        last = [reading.words_of("owed", "runs", until=at) for at in until]
        yield _line(reading, "measures", *(_taken(reading, taken) for taken in owed.measures), *last)


def _shown(reading: Reading, owed: ObligationView) -> Iterator[Line]:
    """Yield labelled lines with the proof of performance that the debtor gave, the objection of the creditor,
    and the decision on it."""
    if claim := claim_of(reading.reader, owed):
        proof, said, day = claim
        on = [reading.date(day)] if day else []
        yield _line(reading, "claimed", *([reading.label(proof, "proof")] if proof else []), *on, said)
    if denial := denial_of(reading.reader, owed):
        on = [reading.date(denial.done_on)] if denial.done_on else []
        yield _line(reading, "objection", *on, denial.reason or "–")
        if denial.accepted is not None:
            decided = "accepted" if denial.accepted else "not_accepted"
            yield _line(reading, "decided", reading.words_of("owed", decided), denial.why or "–")


def _taken(reading: Reading, taken: Consequence) -> str:
    money = [formats.money(reading.language, taken.amount)] if taken.amount else []
    return " · ".join([reading.label(taken.measure, "measure"), *money, reading.moment(taken.at)])


def _proposal(reading: Reading, owed: ObligationView) -> Iterator[Line]:
    """Yield labelled lines on a proposed change: the old terms, the new terms, the reason, and until when the
    other side can agree. After that time, yield only that the proposal lapsed. Yield nothing if there is no
    proposal."""
    if (asked := owed.proposed) is None:
        return
    change = change_of(reading.reader, owed, asked.entry)
    over = reading.reader.past(owed.agree_by)
    until = [formats.moment(reading.language, owed.agree_by)] if owed.agree_by else []
    until = [reading.words_of("owed", "lapsed" if over else "until", until=at) for at in until]
    yield _line(reading, "proposed", f"{reading.bound(asked.by_side)} · {reading.moment(asked.at)}", *until)
    if over:
        return
    for name, terms in (("old", change.old), ("new", change.new)) if change.text else ():
        yield _line(reading, name, *_version(reading, terms, owed.kind in PAID))
    if change.reason:
        yield _line(reading, "reason", change.reason)


def _version(reading: Reading, terms: Terms, paid: bool) -> Iterator[str]:
    if terms.by:
        yield reading.date(terms.by)
    if paid and terms.amount:
        yield formats.money(reading.language, terms.amount)
    if terms.what.said:
        yield terms.what.said


def _line(reading: Reading, name: str, *said: str) -> Line:
    return reading.words_of("owed", name), list(said)
