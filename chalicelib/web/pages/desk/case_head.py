"""The head of a case page: complainant, subject and company, the next act, and the step of the clock if
nobody acts."""

from typing import NamedTuple

from chalicelib.domain.engine.running import Running
from chalicelib.view.expected import Expected
from chalicelib.web.pages.desk.reading import Reading


class CaseHead(NamedTuple):
    """The head of a case page. `who`: the name of the complainant, and how many others there are. `about`:
    the goods or service, or else the first matter. `company`: the business complained of; "" if it is not
    known. `owner`: the handler. `run`: the deadline of the next act, or else the one that ends first; None
    without any. `silence`: what the clock does if nobody acts; "" for nothing."""

    who: str
    about: str
    company: str
    owner: str
    run: Running | None
    silence: str


def case_head(reading: Reading, next: Expected | None, runs: list[Running]) -> CaseHead:
    """Return the head of the page. `next`: the act that is expected of the reader. `runs`: the running
    deadlines, the earliest first."""
    case, account = reading.case, reading.reader.words(1).get("account") or {}
    consumers = [party for party in case.consumers if not party.left] or [*case.consumers]
    who = reading.name(consumers[0].id) if consumers else reading.label("consumer", "role")
    if len(consumers) > 1:
        who = reading.words_of("top", "others", name=who, n=len(consumers) - 1)
    business = reading.name(case.business.id) if case.business else ""
    names = dict.fromkeys(account.get(name) or "" for name in ("business", "shop"))
    matter = case.matters[0] if case.matters else None
    kind = (
        reading.words_of("comma").join(
            (reading.label(matter.type, "type"), reading.label(matter.sub_type, "sub_type", matter.type))
        )
        if matter
        else ""
    )
    ending = [one for one in runs if one.due and (one.duty or one.due > reading.now)]
    own = [one for one in runs if next and (one.name, one.due) == (next.deadline, next.due)]
    run = own[0] if own else ending[0] if ending else None
    step = run.step if run and run.at else None
    return CaseHead(
        who,
        reading.mask(str(account.get("product") or kind), "1"),
        " · ".join(filter(None, names)) or business,
        reading.name(case.owner) if case.owner else reading.words_of("nobody"),
        run,
        reading.step(step) if step else "",
    )
