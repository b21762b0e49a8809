"""How often each root cause was there, day by day, as the nightly figures tell it."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from chalicelib.domain.engine.server_facts import Days, Pair
from chalicelib.domain.frozen import frozen
from chalicelib.domain.model.codes import Cause


@frozen
class Causes:
    """Counts causes over the figures that `read` gives, None where there are none yet:
    {"until": "2026-11-29", "days": {"2026-11-28": {"received": 12, "causes": {"design": 3}}}}, by the local
    day on which complaints were received how many they were, and of how many each cause was found to be the
    main one; complete for all days up to `until`, which may be today as far as it has come."""

    read: Callable[[], Mapping[str, Any] | None]

    def counts(self, cause: Cause, before: Days, after: Days) -> tuple[Pair, Pair] | None:
        """How often the cause was found in complaints of the days before and after, among all of these days
        whose cause was found; None while the figures do not reach to the last day. A complaint that is not
        answered yet counts nowhere: of newer ones fewer are, and the cause would seem to have become
        rarer."""
        figures = self.read()
        if figures is None or figures["until"] < after[1].isoformat():
            return None

        def counted(between: Days) -> Pair:
            since, until = map(date.isoformat, between)
            found = [day["causes"] for at, day in figures["days"].items() if since <= at <= until]
            return sum(causes.get(cause, 0) for causes in found), sum(sum(each.values()) for each in found)

        return counted(before), counted(after)
