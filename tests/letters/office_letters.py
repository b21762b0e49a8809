"""Letters to staff that belong to no case, as the jobs of the product send them."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar

import tests.conftest  # noqa: F401  (the environment that clients need)
from chalicelib.delivery.correspondence import Correspondence
from chalicelib.domain.engine.sending_limits import this_morning
from chalicelib.domain.register import Register
from chalicelib.figures.nightly import EXPORT
from chalicelib.hooks.disabled import tell_disabled
from chalicelib.hooks.endpoint import DeliveryFault, Endpoint, Failing, Off, Signing, WebhookKind, Why
from chalicelib.letters import Rendered
from chalicelib.locale.formats import LANGUAGES
from tests.cloud.moto_pool import whole_scenario
from tests.domain.life import REGISTER
from tests.figures.made import year
from tests.scenario import DAY, Scenario

PLANTED = """
update made set class = 'food', type = 'quality', company = '清源旗舰店'
where came_at >= timestamp '2026-09-07' and came_at < timestamp '2026-09-14' and chance(i, 'planted') < 0.5;
update made set touched = 'safety'
where came_at >= timestamp '2026-09-07' and came_at < timestamp '2026-09-14' and chance(i, 'planted') >= 0.5
"""
"""A week of bad food from one shop, and of dangerous things from others."""
ENDS = date(2026, 11, 12)
"""The day on which the qualification of a mediator ends."""


class InBothLanguages(Correspondence):
    """Sends letters, and keeps the text of each letter of no case in both languages."""

    kept: ClassVar[list[tuple[str, str, str, str]]] = []

    def of_no_case(self, row: Any, member: Any, *said: Any) -> Rendered | None:
        """Keep what a letter says in each language."""
        for language in LANGUAGES:
            if letter := super().of_no_case(row, member, *said, language):
                self.kept.append((row["name"], f"staff:{member.id}", language, whole(letter)))
        return super().of_no_case(row, member, *said)


def whole(letter: Rendered) -> str:
    """Return subject and text. The number of a case is replaced, because the product draws it by lot."""
    return re.sub(r"\d{4}-\d{4}-\d{4}", "0000-0000-0000", f"{letter.subject}\n{letter.text}")


def office_letters() -> list[tuple[str, str, str, str]]:
    """Return the letters of no case of one autumn, each in both languages: (name, recipient, language,
    text)."""
    InBothLanguages.kept.clear()
    with whole_scenario() as scenario, TemporaryDirectory() as folder:
        product = scenario.product
        held = product.correspondence
        given = {one.name: getattr(held, one.name) for one in fields(held)}
        product.__dict__["correspondence"] = InBothLanguages(**given)
        scenario.time = datetime(2026, 9, 14, 0, 40, tzinfo=UTC)
        signs_are_found(scenario, Path(folder))
        scenario.time = datetime(2026, 11, 1, 23, 30, tzinfo=UTC)
        yan = replace(REGISTER.entries["yan"], until=ENDS)
        product.file.keep_register(Register({"yan": yan}))
        product.cover.watch()
        endpoints_are_disabled(scenario)
        ref = scenario.submit().ref
        for _ in range(5):
            scenario.live(this_morning(scenario.time) - scenario.time, ref)
            scenario.minute()
    return [*InBothLanguages.kept]


def endpoints_are_disabled(scenario: Scenario) -> None:
    """Disable an endpoint that failed for five days, and one that answered that it is gone."""
    product, at = scenario.product, scenario.time
    failing = Failing(at - 5 * DAY, DeliveryFault.SILENT, None, "msg_1_1", WebhookKind.LIVE, "{}", at)
    for id, why in (("e1", Why.FAILED), ("e2", Why.GONE)):
        address, contact = f"https://crm.example.com/{id}", f"{id}@shop.example"
        signing = (Signing(1, product.hook_keys.current),)
        made = Endpoint(id, "shop", address, contact, "zh", at, signing, failing=failing, off=Off(at, why))
        product.endpoints.add(made)
    tell_disabled(product.endpoints, product.file.owe)


def signs_are_found(scenario: Scenario, folder: Path) -> None:
    """Compute the figures in the night after a week with many complaints of one kind."""
    product = scenario.product
    product.figures = replace(product.figures, folder=folder / "work")
    (folder / "work").mkdir()
    year(made := folder / "made", 2_600, planted=PLANTED, ended="2026-09-14")
    for file in made.rglob("*.parquet"):
        product.figures.store.put(EXPORT + str(file.relative_to(made)), file.read_bytes())
    product.figures.reckon()
    scenario.minute()
    product.__dict__.pop("figures", None)
