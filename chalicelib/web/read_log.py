"""The record of who read what of a case. Every read by a page, an answer or a download passes through
here."""

from collections.abc import Sequence
from contextlib import suppress

from chalicelib.access.authorization import HANDLES, SEES_ALL, STAFF, Caller, NotFound, Thing, readers
from chalicelib.domain.model.case import Case, Refusal
from chalicelib.web import callers, inputs
from chalicelib.wiring import product


def load_and_log(
    ref: str, thing: Thing, caller: Caller, seen: Case | None = None, opens: bool = True
) -> Case:
    """Load a case for a caller who may read `thing` of it, and return the case. If the caller is staff or a
    partner, the read is recorded first. `seen`: a case loaded a moment ago, which is then not loaded again.
    `opens`: see `log_read`.

    Raises NotFound for an invalid number, or if the caller may not know of the case. Raises Refusal if the
    caller may not read `thing`, and `case_lost` as `refuse_lost` does. Raises Unavailable if the read cannot
    be recorded."""
    number = inputs.number(ref)
    try:
        case = seen if seen and seen.ref == number else product.file.load(number)
    except NotFound:
        refuse_lost(number, caller)
        raise
    return log_read(product.casework.visible(case, caller, thing), thing, caller, opens)


def log_several(refs: Sequence[str], thing: Thing, caller: Caller) -> list[Case]:
    """Load the cases with these numbers, of at most 100, for a member of staff, and record that they read
    `thing` of each. Cases of which they may not read it are left out, and those that do not exist or cannot
    be read. It costs one batch read, and at most one transaction. Raises Unavailable if the reads cannot be
    recorded."""
    now, cases = product.now(), list[Case]()
    for case in product.file.several(refs):
        with suppress(NotFound, Refusal):
            cases.append(product.casework.visible(case, caller, thing))
    capacities = {case.ref: readers(case, caller, now)[0] for case in cases}
    product.reads.record_all(caller.who, capacities, thing)
    return cases


def log_reveal(case: Case, revealed: str, caller: Caller, thing: Thing = Thing.PEOPLE) -> None:
    """Record that staff had details of `thing` unmasked. `revealed`: where they stand, such as the id of a
    person or the number of an entry. Raises Refusal if the caller may not read `thing` of the case. Raises
    Unavailable if it cannot be recorded; then the details must stay masked."""
    product.casework.visible(case, caller, thing)
    capacity = readers(case, caller, product.now())[0]
    product.reads.record(caller.who, capacity, case.ref, thing, revealed)


def refuse_lost(ref: str, caller: Caller) -> None:
    """Raise Refusal `case_lost` if a restore of the table undid the case with this number, and the caller may
    know it. These are the staff who handle cases or see all of them, because people will call them. Partners,
    mediators and departments learn nothing of such a number."""
    if caller.roles & (HANDLES | SEES_ALL):
        callers.refuse_lost(inputs.number(ref))


def log_read(case: Case, thing: Thing, caller: Caller, opens: bool = True) -> Case:
    """Record that staff or a partner read `thing` of a case, and return the case. A read by a party is not
    recorded. `opens`: whether staff who read `Thing.CASE` have opened the case by this. The caller of this
    function has checked that the reader may read `thing`. Raises Unavailable if the read cannot be
    recorded."""
    if not caller.party:
        if opens and thing is Thing.CASE and caller.roles & STAFF:
            product.desk.record_opening(caller.who, case)
        product.reads.record(caller.who, readers(case, caller, product.now())[0], case.ref, thing)
    return case
