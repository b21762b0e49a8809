"""Everything that is read of a case passes here: pages, answers, files, documents. Who read what is written
down."""

from chalicelib.access.authorization import Caller, NotFound, Thing, readers
from chalicelib.domain.model.case import Case
from chalicelib.domain.reference import read
from chalicelib.wiring import product


def opened(ref: str, thing: Thing, caller: Caller, seen: Case | None = None) -> Case:
    """The case of a number, for a caller who may read this of it; that staff or a partner read it is written
    first. One that was `seen` a moment ago, and not moved since, is not read again.

    Raises NotFound for a number that is none and for whoever may not know of the case, Refusal for whoever
    may not read this, Unavailable when it cannot be written down, since nothing may be read without a record
    (issue 14, finding S8).
    """
    number = read(ref)
    if number is None:
        raise NotFound(ref)
    case = seen if seen and seen.ref == number else product.file.load(number)
    return noted(product.casework.visible(case, caller, thing), thing, caller)


def noted(case: Case, thing: Thing, caller: Caller) -> Case:
    """A case that the caller may read, once it is written down that they read this of it, be they staff or a
    partner; raises Unavailable."""
    if not caller.party:
        product.reads.record(caller.who, readers(case, caller, product.now())[0], case.ref, thing)
    return case
