"""How often each root cause was found before and after an improvement action, read from the nightly
figures."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from chalicelib.domain.engine.server_facts import Days, Pair
from chalicelib.domain.frozen import frozen
from chalicelib.domain.model.codes import Cause


@frozen
class Causes:
    """Counts root causes in the nightly figures. `read` returns these figures, or None until the first
    figures exist.

    The form of the figures is {"until": "2026-11-29", "days": {"2026-11-28": {"received": 12, "causes":
    {"design": 3}}}}. A key of `days` is the local day on which complaints were received. `received` is the
    number of these complaints. `causes` is the number of them with each main cause. The figures contain all
    complaints received up to the day `until`, which may be today and so not yet over."""

    read: Callable[[], Mapping[str, Any] | None]

    def counts(self, cause: Cause, before: Days, after: Days) -> tuple[Pair, Pair] | None:
        """Return how often the main cause `cause` was found in the periods `before` and `after`: a pair of
        numbers for each. A period is a pair of local days of receipt, the first and the last. The first
        number of a pair is how many complaints had this main cause. The second is how many had any known main
        cause.

        Return None if the figures end before the last day of `after`.

        Complaints without a known cause are not counted. They are more frequent among newer complaints,
        because fewer of these are answered. If they were counted, each cause would seem to have become
        rarer."""
        figures = self.read()
        if figures is None or figures["until"] < after[1].isoformat():
            return None

        def counted(between: Days) -> Pair:
            since, until = map(date.isoformat, between)
            found = [day["causes"] for at, day in figures["days"].items() if since <= at <= until]
            return sum(causes.get(cause, 0) for causes in found), sum(sum(each.values()) for each in found)

        return counted(before), counted(after)
