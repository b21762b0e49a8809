"""Record of who read what. Everything that is read of a case passes here: pages, answers, files,
documents."""

from chalicelib.access.authorization import Caller, NotFound, Thing, readers
from chalicelib.domain.model.case import Case
from chalicelib.domain.reference import read
from chalicelib.wiring import product


def load_and_log(ref: str, thing: Thing, caller: Caller, seen: Case | None = None) -> Case:
    """Return the case of a number, for a caller who may read this part of it. A read by staff or a partner is
    recorded first. A case that was `seen` a moment ago, and not moved since, is not loaded again.

    Raises NotFound for an invalid number, and for a caller who may not know of the case. Raises Refusal for a
    caller who may not read this part. Raises Unavailable if the read cannot be recorded, since nothing may be
    read without a record."""
    number = read(ref)
    if number is None:
        raise NotFound(ref)
    case = seen if seen and seen.ref == number else product.file.load(number)
    return log_read(product.casework.visible(case, caller, thing), thing, caller)


def log_read(case: Case, thing: Thing, caller: Caller) -> Case:
    """Return a case that the caller may read, after recording that staff or a partner read this part of it.
    Raises Unavailable."""
    if not caller.party:
        product.reads.record(caller.who, readers(case, caller, product.now())[0], case.ref, thing)
    return case
