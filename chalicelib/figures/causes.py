"""The daily frequency of root causes, from the nightly figures."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from chalicelib.domain.engine.server_facts import Days, Pair
from chalicelib.domain.frozen import frozen
from chalicelib.domain.model.codes import Cause


@frozen
class Causes:
    """Counts causes in the figures that `read` returns; None until they exist. Their form is {"until":
    "2026-11-29", "days": {"2026-11-28": {"received": 12, "causes": {"design": 3}}}}. Each local day of
    receipt has its number of complaints, and the number with each main cause. The figures are complete for
    all days up to `until`, which may be the current, partial day."""

    read: Callable[[], Mapping[str, Any] | None]

    def counts(self, cause: Cause, before: Days, after: Days) -> tuple[Pair, Pair] | None:
        """Return how often the cause was found before and after, among the complaints of these days with a
        known cause. Return None while the figures do not reach the last day. Unanswered complaints do not
        count. Fewer of the newer complaints are answered, so the cause would seem to have become rarer."""
        figures = self.read()
        if figures is None or figures["until"] < after[1].isoformat():
            return None

        def counted(between: Days) -> Pair:
            since, until = map(date.isoformat, between)
            found = [day["causes"] for at, day in figures["days"].items() if since <= at <= until]
            return sum(causes.get(cause, 0) for causes in found), sum(sum(each.values()) for each in found)

        return counted(before), counted(after)
