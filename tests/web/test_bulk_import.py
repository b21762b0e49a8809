"""Tests of the import through the interface: a real HTTP server with the product behind it, kills, limits,
outages and broken records."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from chalicelib.aws import rows
from chalicelib.aws.rows import Row
from chalicelib.domain.model.codes import Channel
from chalicelib.web import partners
from chalicelib.web.partners import Scope
from infra import build
from infra.bulk.__main__ import KEY, SITE, main
from tests.browser.served import site
from tests.infra.bulk_files import MAP, as_csv, map_file, row
from tests.scenario import DAY, Scenario

ROWS = int(os.environ.get("ROWS", "150"))
"""How many complaints the import files that is killed; ROWS=10000 by hand."""


class Site:
    """The interface behind a server that can refuse. `answers`: what it says instead, one for each request,
    None for its own answer. `asked`: the number of requests to file."""

    def __init__(self, client: Any, scenario: Scenario) -> None:
        self._real, self.scenario = client.http.request, scenario
        self.answers: list[tuple[int, dict[str, str]] | None] = []
        self.asked = 0
        client.http.request = self.request

    def request(self, method: str, path: str, headers: Any = None, body: bytes = b"") -> Any:
        """Return the answer to a request; the time of the product goes on, so that no limit is met."""
        if path == "/v1/complaints":
            self.asked += 1
            if self.asked % 4_000 == 0:
                self.scenario.later(timedelta(hours=1))
            said = self.answers.pop(0) if self.answers else None
            if said:
                return SimpleNamespace(status_code=said[0], headers=said[1], body=b"")
        return self._real(method, path, headers=headers, body=body)


@pytest.fixture
def served(client: Any, scenario: Scenario) -> Iterator[Site]:
    """Serve the product; the environment has its address and a partner's key."""
    found = Site(client, scenario)
    key, _ = partners.give("shop", Channel.API, [Scope.FILE], DAY, "zheng")
    with site(client) as address, pytest.MonkeyPatch.context() as patch:
        patch.setenv(KEY, key)
        patch.setenv(SITE, address)
        yield found


@pytest.fixture
def run(tmp_path: Path, served: Site) -> Callable[..., Any]:
    """Return a function that imports records, and returns the exit code and the results by row."""

    def imported(*records: dict[str, str], options: tuple[str, ...] = (), map: str = MAP, **more: Any) -> Any:
        file = tmp_path / "a.csv"
        file.write_text(as_csv(records))
        code = main([str(file), "--map", str(map_file(tmp_path, map)), *options], **more)
        return code, results(file)

    return imported


def results(file: Path, kind: str = "results") -> dict[str, dict[str, str]]:
    """Return the results of a file by row."""
    with file.with_name(f"{file.name}.{kind}.csv").open(encoding="utf-8-sig", newline="") as found:
        return {line["row"]: line for line in csv.DictReader(found)}


def filed() -> int:
    """Return the number of complaints in the store."""
    return sum(row.sk == rows.HEAD for row in Row.scan())


class Patience:
    """A clock that goes on by the pauses only."""

    def __init__(self) -> None:
        self.waited = 0.0

    def pause(self, seconds: float) -> None:
        """Let the time pass."""
        self.waited += seconds

    def clock(self) -> float:
        """Return the time."""
        return self.waited


def test_each_record_has_a_result_and_a_broken_one_is_named(run: Any, served: Site) -> None:
    """The broken record in the middle costs no other. The result names the field of the interface and the
    column of the file, and quotes nobody."""
    code, found = run(row("A-1"), row("A-2", Phone="13"), row("A-3", Wishes="everything"), row("A-4"))
    assert code == 1
    assert [found[n]["result"] for n in "2345"] == ["filed", "refused", "refused", "filed"]
    assert {found[n]["number"] != "" for n in "25"} == {True}
    assert (found["3"]["field"], found["3"]["column"]) == ("/person/phone", "Phone")
    assert (found["4"]["field"], found["4"]["column"]) == ("/wishes/0", "Wishes")
    assert "everything" not in found["4"]["problem"]
    assert filed() == 2


def test_a_report_of_danger_is_filed_with_its_faults(run: Any, tmp_path: Path, scenario: Scenario) -> None:
    """The interface refuses none because of a field. The result still names what is wrong."""
    danger = MAP.replace('hurt = { value = "no" }', 'hurt = "Hurt"')
    code, found = run(
        row("A-1", Hurt="could_be", Wishes="everything", Day="soon"),
        row("A-2", Hurt="no", Wishes="everything"),
        row("", Hurt="hurt"),
        map=danger,
    )
    assert code == 1
    assert [found[n]["result"] for n in "234"] == ["filed", "refused", "refused"]
    assert found["2"]["column"] == "Day; Wishes"
    assert scenario.product.file.load(found["2"]["number"].replace("-", "")).safety


def test_what_was_filed_at_another_site_is_filed_here(run: Any, served: Site, monkeypatch: Any) -> None:
    """A trial on one site must not make the import into the real one empty."""
    run(row("A-1"))
    before = served.asked
    monkeypatch.setenv(SITE, os.environ[SITE].replace("127.0.0.1", "localhost"))
    run(row("A-1"))
    assert served.asked == before + 1


def test_an_address_without_the_interface_is_refused(run: Any, monkeypatch: Any, capsys: Any) -> None:
    """The sentence asks about the address."""
    monkeypatch.setenv(SITE, os.environ[SITE] + "/elsewhere")
    assert main_code(run) == 2
    assert "elsewhere" in capsys.readouterr().err


def test_the_problem_is_told_in_the_language_asked_for(run: Any) -> None:
    """The sentence is that of the interface."""
    _, found = run(row(Phone="13"), options=("--language", "zh"))
    assert "电话" in found["2"]["problem"] or "号码" in found["2"]["problem"]


def test_a_repaired_file_files_only_what_is_missing(run: Any, served: Site) -> None:
    """What was filed is not sent again."""
    run(row("A-1"), row("A-2", Phone="13"))
    before = served.asked
    code, found = run(row("A-1"), row("A-2"))
    assert code == 0
    assert served.asked == before + 1
    assert [found[n]["result"] for n in "23"] == ["filed", "filed"]
    assert filed() == 2


def test_a_run_without_the_results_of_the_first_doubles_nothing(run: Any, tmp_path: Path) -> None:
    """The site knows the partner's own numbers."""
    _, first = run(row("A-1"), row("A-2"))
    (tmp_path / "a.csv.results.csv").unlink()
    _, again = run(row("A-1"), row("A-2"))
    assert [one["number"] for one in again.values()] == [one["number"] for one in first.values()]
    assert filed() == 2


def test_an_external_id_twice_in_a_file_is_refused(run: Any) -> None:
    """The second record names the row of the first."""
    code, found = run(row("A-1"), row("A-2"), row("A-1", story="另一件事。"))
    assert code == 1
    assert found["4"]["result"] == "refused"
    assert "row 2" in found["4"]["problem"]
    assert filed() == 2


def test_other_content_under_a_number_is_refused_with_the_complaint_that_has_it(
    run: Any, tmp_path: Path
) -> None:
    """A file that was changed after the import does not change the complaint, and says which one it is."""
    _, first = run(row("A-1"))
    code, again = run(row("A-1", story="完全是另一件事。"))
    assert code == 1
    assert again["2"]["result"] == "refused"
    assert first["2"]["number"].replace("-", "") in again["2"]["problem"]
    assert filed() == 1


def test_the_complaints_of_the_cfpb_are_filed_by_the_map_that_ships(served: Site, tmp_path: Path) -> None:
    """The interface takes a record with a narrative, and one without, as the CFPB publishes them."""
    columns = (
        "Date received,Product,Sub-product,Issue,Sub-issue,Consumer complaint narrative,"
        "Company public response,Company,State,ZIP code,Tags,Consumer consent provided?,Submitted via,"
        "Date sent to company,Company response to consumer,Timely response?,Consumer disputed?,Complaint ID"
    )
    narrative = '"I paid {$100.00} to XXXX.\nThey said ""no"", and\n=HYPERLINK(""x"")."'
    (tmp_path / "complaints.csv").write_text(
        f"{columns}\n"
        f"2019-09-24,Debt collection,Medical debt,Attempts to collect,Not yours,{narrative},,ACME,CA,941XX,"
        "Servicemember,Consent provided,Web,2019-09-24,Closed with explanation,Yes,N/A,3384392\n"
        "11/05/2020,Mortgage,,Struggling to pay,,,,ACME,,,,N/A,Referral,11/06/2020,In progress,Yes,N/A,2\n"
    )
    assert main([str(tmp_path / "complaints.csv"), "--map", "cfpb"]) == 0
    found = results(tmp_path / "complaints.csv")
    assert [one["external_id"] for one in found.values()] == ["cfpb-3384392", "cfpb-2"]
    assert {one["result"] for one in found.values()} == {"filed"}


def test_the_map_in_the_runbook_files_a_record(served: Site, scenario: Scenario, tmp_path: Path) -> None:
    """An operator begins with it."""
    text = (
        (build.ROOT / "infra" / "RUNBOOK.md").read_text("utf-8").partition("```toml\n")[2].partition("```")[0]
    )
    heard = f"{scenario.time + timedelta(hours=7):%Y-%m-%d %H:%M}"  # an hour ago in China
    (tmp_path / "a.csv").write_text(
        "订单号;来电时间;情况;姓名;手机;类别;要求;同意\n"
        f'20260212001;{heard};"洗衣机漏水，\n修了两次。";王芳;13800138000;质量;repair；refund;是\n'
        f"20260212002;{heard};多收了运费。;李强;13800138001;价格;;是\n"
    )
    assert main([str(tmp_path / "a.csv"), "--map", str(map_file(tmp_path, text))]) == 0
    assert {one["result"] for one in results(tmp_path / "a.csv").values()} == {"filed"}


def test_a_dry_run_checks_all_and_files_nothing(run: Any, tmp_path: Path, monkeypatch: Any) -> None:
    """The dry run needs no key, and leaves the results of a real run alone."""
    monkeypatch.delenv(KEY)
    (tmp_path / "a.csv").write_text(as_csv([row("A-1"), row("A-2", Wishes="everything")]))
    code = main([str(tmp_path / "a.csv"), "--map", str(map_file(tmp_path)), "--dry-run"])
    found = results(tmp_path / "a.csv", "checked")
    assert code == 1
    assert [found[n]["result"] for n in "23"] == ["fits", "refused"]
    assert filed() == 0
    assert not (tmp_path / "a.csv.results.csv").exists()


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("form", ["seconds", "date"])
def test_a_pause_that_the_site_asks_for_is_kept(run: Any, served: Site, status: int, form: str) -> None:
    """The client sends nothing before the pause is over, and then the same record again."""
    patience, then = Patience(), datetime.now(UTC) + timedelta(seconds=1234)
    said = "1234" if form == "seconds" else format_datetime(then, usegmt=True)
    served.answers = [None, (status, {"Retry-After": said, "Content-Type": "text/plain"})]
    code, _ = run(
        row("A-1"), row("A-2"), options=("--threads", "1"), pause=patience.pause, clock=patience.clock
    )
    assert code == 0
    assert patience.waited == pytest.approx(1234, abs=5)
    assert filed() == 2


def test_a_site_that_stays_away_ends_the_run_and_the_next_goes_on(run: Any, served: Site) -> None:
    """The pauses grow. Nothing is lost, and what was filed before is known."""
    patience = Patience()
    served.answers = [None, *[(502, {})] * 8]
    how = {"options": ("--threads", "1"), "pause": patience.pause, "clock": patience.clock}
    code, found = run(row("A-1"), row("A-2"), **how)
    assert code == 2
    assert [one["result"] for one in found.values()] == ["filed"]
    assert patience.waited > 30
    code, found = run(row("A-1"), row("A-2"), **how)
    assert code == 0
    assert filed() == 2


@pytest.mark.parametrize("wrong", ["rk_shop_1_none", ""])
def test_a_wrong_key_ends_the_run_at_once(
    run: Any, served: Site, monkeypatch: Any, capsys: Any, wrong: str
) -> None:
    """No record is blamed for it, and no output has the key."""
    monkeypatch.setenv(KEY, wrong)
    assert main_code(run) == 2
    told = capsys.readouterr()
    assert not wrong or wrong not in told.err + told.out
    assert served.asked <= 4
    assert filed() == 0


def main_code(run: Any) -> int:
    """Return the exit code of a run that may write no results."""
    try:
        return int(run(row("A-1"), row("A-2"))[0])
    except FileNotFoundError:
        return 2


@pytest.mark.parametrize(
    "address", ["http://complaints.example", "ftp://127.0.0.1", "complaints.example", "https://u:p@a.example"]
)
def test_the_key_goes_only_to_a_site_with_tls(run: Any, monkeypatch: Any, capsys: Any, address: str) -> None:
    """Without TLS only to this machine."""
    monkeypatch.setenv(SITE, address)
    assert main_code(run) == 2
    assert "https" in capsys.readouterr().err


def test_a_kill_in_the_middle_loses_and_doubles_nothing(served: Site, tmp_path: Path) -> None:
    """A process that files is killed again and again; the last run finishes. Each record has one complaint of
    its own."""
    file = tmp_path / "a.csv"
    file.write_text(as_csv(row(f"A-{n}") for n in range(ROWS)))
    command = [sys.executable, "-m", "infra.bulk", str(file), "--map", str(map_file(tmp_path))]
    for part in (0.2, 0.5, 0.8):
        process = subprocess.Popen(command, cwd=build.ROOT, stderr=subprocess.DEVNULL)
        while served.asked < part * ROWS and process.poll() is None:
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
    done = subprocess.run(command, cwd=build.ROOT, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = results(file).values()
    assert Counter(one["external_id"] for one in found) == Counter(f"A-{n}" for n in range(ROWS))
    assert len({one["number"] for one in found}) == ROWS
    assert {one["result"] for one in found} <= {"filed", "known"}
    assert filed() == ROWS
    # what was under way at a kill is sent again, and nothing else
    assert served.asked <= ROWS + 3 * 4
