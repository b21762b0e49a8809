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
    """Counts root causes in the figures that `read` returns. `read` returns None until the first figures
    exist.

    Their form is {"until": "2026-11-29", "days": {"2026-11-28": {"received": 12, "causes": {"design": 3}}}}.
    A key of `days` is a local day of receipt. `received` counts its complaints, and `causes` those with each
    main cause. The figures are complete up to `until`, which may be today and so not yet over."""

    read: Callable[[], Mapping[str, Any] | None]

    def counts(self, cause: Cause, before: Days, after: Days) -> tuple[Pair, Pair] | None:
        """Return how often `cause` was found in two periods: a pair for `before` and a pair for `after`. A
        period is its first and last local day of receipt. A pair holds the complaints with this main cause,
        and those with any known one. Return None if the figures end before the last day of `after`.

        Complaints without a known cause do not count. Fewer of the newer complaints are answered, so the
        cause would seem to have become rarer."""
        figures = self.read()
        if figures is None or figures["until"] < after[1].isoformat():
            return None

        def counted(between: Days) -> Pair:
            since, until = map(date.isoformat, between)
            found = [day["causes"] for at, day in figures["days"].items() if since <= at <= until]
            return sum(causes.get(cause, 0) for causes in found), sum(sum(each.values()) for each in found)

        return counted(before), counted(after)
