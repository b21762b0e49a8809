"""The deployment package: its content, and that it imports on its own."""

from __future__ import annotations

import json
import re
import shutil
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import botocore
import botocore.session
import pytest
from botocore.loaders import Loader

from chalicelib.figures.engines import DIALECTS, Dialect
from infra import build
from infra.pins import Pin, pinned

NEVER = ("chalice/cli", "pip/", "setuptools/", "moto/", "pytest/", "infra/", "tests/")
PINS = [pin for pin in pinned(build.ROOT / "requirements.txt") if pin.applies]


@pytest.fixture(scope="module")
def package(out: Path) -> Iterator[zipfile.ZipFile]:
    """The zip that every function runs."""
    with zipfile.ZipFile(out / "deployment.zip") as zipped:
        yield zipped


@pytest.mark.parametrize(
    ("module", "content", "lacks"),
    [
        ("app.py", "import a_wheel_that_is_not_there", "a_wheel_that_is_not_there"),
        ("chalicelib/deep/down.py", "import moto", "moto"),
        ("chalicelib/deep/down.py", "import os; os.environ['PATH']", "PATH"),
    ],
)
def test_build_refuses_modules_that_do_not_import(
    tmp_path: Path, module: str, content: str, lacks: str
) -> None:
    """The build refuses a package unless each shipped module imports without site-packages and settings.
    Chalice would only warn of a missing wheel."""
    package = tmp_path / "deployment.zip"
    files = dict.fromkeys(("app.py", "chalicelib/__init__.py", "chalicelib/deep/__init__.py"), "")
    with zipfile.ZipFile(package, "w") as zipped:
        for file, said in {
            **files,
            "botocore/data/endpoints.json": '{"partitions": []}',
            module: content,
        }.items():
            zipped.writestr(file, said)
    with pytest.raises(build.Broken, match=lacks):
        build.finish(package, tmp_path / "unpacked")


@pytest.mark.parametrize("pin", PINS, ids=lambda pin: pin.name)
def test_package_ships_each_pin(package: zipfile.ZipFile, pin: Pin) -> None:
    """Each release that requirements.txt pins is in the package, in that version."""
    metadata = re.compile(
        f"{re.sub('-', '[-_.]', pin.name)}-{re.escape(pin.version)}.dist-info/METADATA", re.IGNORECASE
    )
    assert any(metadata.fullmatch(entry) for entry in package.namelist())


def test_package_has_no_development_files(package: zipfile.ZipFile) -> None:
    """Tests and tools do not ship; of Chalice only the runtime does."""
    assert [name for name in package.namelist() if name.startswith(NEVER)] == []
    chalice = {name for name in package.namelist() if re.fullmatch(r"chalice/.*\.py", name)}
    assert chalice == {"chalice/__init__.py", "chalice/app.py"}


def test_only_services_that_are_called_are_described(package: zipfile.ZipFile) -> None:
    """botocore's data ships only for the services that the application calls, and the package stays small:
    both keep cold starts short."""
    described = {
        name.split("/")[2]
        for name in package.namelist()
        if name.startswith("botocore/data/") and name.count("/") > 2
    }
    assert (
        described
        == build.services()
        == {
            "athena",
            "cognito-idp",
            "dynamodb",
            "emr-serverless",
            "kms",
            "lambda",
            "s3",
            "secretsmanager",
            "sesv2",
            "sns",
            "sqs",
        }
    )
    entries = package.infolist()
    assert sum(entry.compress_size for entry in entries) < 22e6
    assert sum(entry.file_size for entry in entries) < 60e6


def test_package_has_the_endpoints_of_called_services(package: zipfile.ZipFile) -> None:
    """botocore reads its whole list of endpoints at every start. The package has it for the called services
    only, otherwise unchanged (`email` is SES)."""
    called = {"email"} | build.services() - {"sesv2"}
    whole = json.loads(
        Path(botocore.__file__).with_name("data").joinpath("endpoints.json").read_text("utf-8")
    )
    for partition in whole["partitions"]:
        partition["services"] = {name: of for name, of in partition["services"].items() if name in called}
    assert json.loads(package.read("botocore/data/endpoints.json")) == whole


def test_compiled_modules_ship_and_need_no_check(package: zipfile.ZipFile) -> None:
    """Our modules, and no other files of ours, ship with a .pyc for this Python that is not compared with
    its source."""
    names = package.namelist()
    ours = [name for name in names if re.fullmatch(r"app\.py|chalicelib/.*\.py", name)]
    assert "app.py" in ours
    made = set[str]()
    for name in ours:
        folder, _, module = name.rpartition("/")
        compiled = f"{folder}/__pycache__/{module[:-3]}.{sys.implementation.cache_tag}.pyc".lstrip("/")
        assert package.read(compiled)[4:8] == b"\x01\x00\x00\x00"
        made.add(compiled)
    assert {name for name in names if re.fullmatch(r"chalicelib/.*\.pyc", name)} <= made


def test_package_has_the_statements_of_every_dialect(package: zipfile.ZipFile) -> None:
    """The build writes the SQL for Athena and Spark into the package."""
    for name in DIALECTS:
        said = Dialect(**json.loads(package.read(f"chalicelib/figures/sql/{name}.json")))
        assert {"received", "teams/trend"} <= said.statements.keys()
        assert next(iter(said.views)) == "newest"


def test_package_is_small_enough_for_lambda(package: zipfile.ZipFile) -> None:
    """The unzipped package stays well below Lambda's 250 MB."""
    assert sum(entry.file_size for entry in package.infolist()) < 200e6


def test_every_client_is_made_from_the_descriptions_that_ship(tmp_path: Path) -> None:
    """botocore makes a client of every service that we call from the descriptions without texts."""
    data = tmp_path / "data"
    shutil.copytree(Path(botocore.__file__).parent / "data", data)
    build.leave_used(data)
    session = botocore.session.get_session()
    loader = Loader(extra_search_paths=[str(data)], include_default_search_paths=False)
    session.register_component("data_loader", loader)
    made = {name: session.create_client(name, region_name="us-east-1") for name in build.services()}
    assert made.keys() == build.services()
