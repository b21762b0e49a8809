"""Tests of the export of a partner's cases through the interface."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from chalicelib.access.authorization import Caller
from chalicelib.domain.model.codes import Channel, Role
from chalicelib.web import partners
from chalicelib.web.partners import Scope
from infra.bulk import exporting
from infra.bulk.__main__ import KEY, SITE, main
from tests.browser.served import site
from tests.scenario import DAY, Scenario

SHOP, MALL = (Caller(f"partner:{name}", Role.PARTNER, channel=Channel.API) for name in ("shop", "mall"))


QUERY = {"order": "oldest", "limit": "2", "details": "False"}
"""The query of an export without options, in pages of two cases."""


@pytest.fixture
def filed(client: Any, scenario: Scenario) -> Iterator[Callable[..., list[str]]]:
    """Serve the product, with a key to read in the environment. Yield a function that files complaints for
    the shop, a minute apart, and returns their numbers."""

    def file(n: int, **changes: Any) -> list[str]:
        made = []
        for one in range(n):
            scenario.later(timedelta(minutes=1))
            made.append(scenario.submit(SHOP, **{"external_id": f"A-{one}", **changes}).ref)
        return made

    key, _ = partners.give("shop", Channel.API, [Scope.READ], 9 * DAY, "zheng")
    with site(client) as address, pytest.MonkeyPatch.context() as patch:
        patch.setenv(KEY, key)
        patch.setenv(SITE, address)
        patch.setattr(exporting, "PAGE", "2")
        yield file


def lines(file: Path) -> list[Any]:
    """Return the cases in an export."""
    if file.suffix == ".csv":
        with file.open(encoding="utf-8-sig", newline="") as found:
            return [*csv.DictReader(found)]
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_all_cases_of_the_partner_are_exported_and_no_other(
    filed: Callable[..., list[str]], scenario: Scenario, tmp_path: Path, kind: str
) -> None:
    """The oldest first, over several pages; afterwards no other file is left."""
    file, refs = tmp_path / f"cases.{kind}", filed(5)
    scenario.submit(MALL)
    assert main(["--export", str(file)]) == 0
    found = lines(file)
    assert [one["number"].replace("-", "") for one in found] == refs
    assert [*found[0]] == [*exporting.COLUMNS]
    assert found[0]["external_id"] == "A-0"
    assert ("-" in found[0]["number"]) is (kind == "csv")
    assert found[0]["state"] == "open"
    assert [one.name for one in tmp_path.iterdir()] == [file.name]


def test_an_export_of_nothing_is_a_file_with_its_columns(
    filed: Callable[..., list[str]], tmp_path: Path
) -> None:
    """An empty list is no error."""
    file = tmp_path / "cases.csv"
    assert main(["--export", str(file)]) == 0
    assert file.read_text("utf-8-sig").strip() == ",".join(exporting.COLUMNS)


def test_a_formula_is_defused(filed: Callable[..., list[str]], tmp_path: Path) -> None:
    """A partner's own number may look like one; JSON Lines has it as it is."""
    filed(1, external_id="=1+1")
    main(["--export", str(tmp_path / "cases.csv")])
    main(["--export", str(tmp_path / "cases.jsonl")])
    assert lines(tmp_path / "cases.csv")[0]["external_id"] == "'=1+1"
    assert lines(tmp_path / "cases.jsonl")[0]["external_id"] == "=1+1"


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
@pytest.mark.parametrize("cut", [0, 7])
def test_a_stopped_export_goes_on_behind_its_last_whole_page(
    filed: Callable[..., list[str]], tmp_path: Path, client: Any, kind: str, cut: int
) -> None:
    """A page that a kill cut off is read again. A case that was filed meanwhile is in it, too."""
    file, refs, real = tmp_path / f"cases.{kind}", filed(5), client.http.request
    asked = list[str]()
    export = exporting.Export(file, QUERY | {"site": os.environ[SITE]})
    page = json.loads(real("GET", "/v1/cases?order=oldest&limit=2", headers=bearer()).body)
    export.add(page["items"], page["next"])
    with (tmp_path / f"{file.name}.part").open("ab") as part:
        part.write(b"7604631"[:cut])

    def counted(method: str, path: str, **said: Any) -> Any:
        asked.append(path)
        return real(method, path, **said)

    client.http.request = counted
    refs += filed(1, external_id="A-9")
    assert main(["--export", str(file)]) == 0
    assert [one["number"].replace("-", "") for one in lines(file)] == refs
    assert len(asked) == 2


def bearer() -> dict[str, str]:
    """Return the headers of the partner."""
    return {"Authorization": f"Bearer {os.environ[KEY]}"}


def test_an_export_with_another_query_does_not_continue_it(
    filed: Callable[..., list[str]], tmp_path: Path, capsys: Any
) -> None:
    """The file would mix pages of two lists."""
    filed(5)
    file = tmp_path / "cases.jsonl"
    export = exporting.Export(file, QUERY | {"site": os.environ[SITE]})
    export.add([{"number": "1"}], "cursor")
    assert main(["--export", str(file), "--state", "closed"]) == 2
    assert "was not finished" in capsys.readouterr().err
    there = os.environ[SITE].replace("127.0.0.1", "localhost")
    assert main(["--export", str(file), "--site", there]) == 2


def test_days_and_state_choose(filed: Callable[..., list[str]], scenario: Scenario, tmp_path: Path) -> None:
    """Both days belong to the export; they are days in China."""
    first = filed(1)
    scenario.later(DAY)
    second = filed(1, external_id="B")
    file, day = tmp_path / "cases.jsonl", f"{scenario.time.date()}"
    assert main(["--export", str(file), "--from", day, "--to", day]) == 0
    assert [one["number"] for one in lines(file)] == second
    assert main(["--export", str(file), "--state", "closed"]) == 0
    assert lines(file) == []
    assert main(["--export", str(file)]) == 0
    assert [one["number"] for one in lines(file)] == first + second


def test_details_are_the_case_as_the_partner_may_read_it(
    filed: Callable[..., list[str]], tmp_path: Path
) -> None:
    """One request for each case. A table has no place for them."""
    [ref] = filed(1)
    file = tmp_path / "cases.jsonl"
    assert main(["--export", str(file), "--details"]) == 0
    assert lines(file)[0]["case"]["number"] == ref
    assert main(["--export", str(tmp_path / "cases.csv"), "--details"]) == 2


@pytest.mark.parametrize("wrong", [[], ["a.csv"], ["a.csv", "--map", "m.toml", "--export", "b.csv"]])
def test_a_command_that_says_too_little_or_too_much_is_refused(wrong: list[str]) -> None:
    """Import or export, not both."""
    with pytest.raises(SystemExit):
        main(wrong)
