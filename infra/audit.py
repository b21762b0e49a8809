"""The audit. It looks for known vulnerabilities in the pinned packages, for licences of what ships to which
we have not agreed, and for secrets in the project's files.

`python -m infra.audit` exits with 1 if a finding has no entry in `infra/exceptions.toml`, or if an entry
there matches no finding. If no source of advisories can be reached, the audit says this and only looks for
secrets."""

import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, NamedTuple

from detect_secrets.core.scan import scan_file
from detect_secrets.settings import default_settings

from infra import build, pins

ROOT = Path(__file__).parent.parent
EXCEPTIONS = Path(__file__).with_name("exceptions.toml")
SOURCE = "ADVISORIES"
"""The name of an environment variable. Its value is the address of another source of advisories with OSV's
interface, for machines that cannot reach OSV."""
UNREACHED = re.compile(r"ConnectionError|Timeout|ProxyError|SSLError|ServiceError|HTTPError")
"""The pattern of an error in pip-audit's messages which shows that the source of advisories does not
answer."""
DERIVED = frozenset({"png", *(Path(each.file).name for each in pins.ALL)})
"""The files that are not searched for secrets: the endings or names of pictures and of files of pins. The
digests of pins look like secrets."""


class Advisory(NamedTuple):
    """A known vulnerability. `name`, `version`: the affected package. `ids`: the ids of the advisory.
    `mended`: the versions in which the vulnerability is fixed."""

    name: str
    version: str
    ids: tuple[str, ...]
    mended: tuple[str, ...]


class Audited(NamedTuple):
    """The answer of a source of advisories. `found`: the vulnerabilities. `untold`: the names of the packages
    that the source does not know."""

    found: list[Advisory]
    untold: list[str]


AGREED = frozenset(
    {
        *("MIT", "MIT-0", "MIT-CMU", "MIT License", "ISC", "Unlicense", "PSF-2.0", "OFL-1.1"),
        *("Apache-2.0", "Apache Software License", "BSD-2-Clause", "BSD-3-Clause", "BSD License"),
        "any-OSI",
    }
)
"""The licences of what ships that need no exception: they only ask that their text goes with the package.
`any-OSI` lets us choose one of them."""


class Secret(NamedTuple):
    """A line that looks like a secret: its file, line number and text, and the kind of secret. The text is
    never printed."""

    file: str
    number: int
    line: str
    kind: str


def audited(files: Iterable[Path], source: str = "") -> Audited | None:
    """Return what a source of advisories knows about the packages pinned in `files`. Only packages that this
    Python installs are asked about. `source` is the address of the source; the default is OSV. Return None if
    the source cannot be reached. Exits if the pins cannot be read."""
    command: list[str | Path] = [
        *(
            sys.executable,
            "-m",
            "pip_audit",
            "--disable-pip",
            "--require-hashes",
            "--progress-spinner",
            "off",
        ),
        *("--timeout", "10", "--format", "json", "--vulnerability-service", "osv"),
        *(("--osv-url", source) if source else ()),
        *(word for file in files for word in ("--requirement", file)),
    ]
    done = subprocess.run(command, cwd=ROOT, text=True, capture_output=True)
    if not done.stdout.startswith("{"):
        if UNREACHED.search(done.stderr):
            return None
        sys.exit(f"audit: pip-audit failed:\n{done.stderr[-2000:]}")
    told = json.loads(done.stdout)["dependencies"]
    found = [
        Advisory(one["name"], one["version"], (each["id"], *each["aliases"]), (*each["fix_versions"],))
        for one in told
        for each in one.get("vulns", ())
    ]
    return Audited(found, [one["name"] for one in told if "skip_reason" in one])


def secrets(folder: Path, files: Iterable[str]) -> Iterator[Secret]:
    """Yield each line that looks like a secret in these files. The paths of the files are relative to
    `folder`."""
    with default_settings():
        for file in files:
            if DERIVED & {Path(file).name, Path(file).suffix[1:]}:
                continue
            lines = (folder / file).read_text("utf-8", errors="replace").splitlines()
            for one in scan_file(str(folder / file)):
                yield Secret(file, one.line_number, lines[one.line_number - 1], one.type)


def tracked() -> list[str]:
    """Return the paths of all files under version control, relative to the project's folder."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, text=True, capture_output=True, check=True)
    return [name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def told_of_advisories(answer: Audited | None, excepted: Mapping[str, str]) -> Iterator[str]:
    """Yield a message for each vulnerability without an exception, and for each exception that matches no
    vulnerability. `answer` is that of the source of advisories, or None if the source did not answer. The
    keys of `excepted` are the ids of excepted advisories.

    A source that did not answer, or does not know a package, is no fault, so this is only printed."""
    if answer is None:
        print("audit: no source of advisories can be reached, so nothing was asked about what is installed.")
        return
    if answer.untold:
        print(f"audit: the source of advisories does not know {', '.join(answer.untold)}.")
    for one in answer.found:
        if not excepted.keys() & {*one.ids}:
            mended = f"; mended in {', '.join(one.mended)}" if one.mended else ""
            yield f"{one.name} {one.version} has a known weakness, {' or '.join(one.ids)}{mended}"
    if not answer.untold:
        ids = {id for one in answer.found for id in one.ids}
        yield from (f"the exception for {id} is needed no more" for id in sorted(excepted.keys() - ids))


def told_of_licences(components: Iterable[Mapping[str, Any]], excepted: Mapping[str, str]) -> Iterator[str]:
    """Yield a message for each component of the bill of materials whose licence is not in `AGREED`, unless it
    has an exception, and for each exception that matches no such component. The keys of `excepted` are the
    names of components."""
    found = {
        one["name"]: " and ".join(map(_licence, one["licenses"]))
        for one in components
        if not all(_agreed(_licence(each)) for each in one["licenses"])
    }
    for name, words in sorted(found.items()):
        if name not in excepted:
            yield f"{name} has the licence {words}, to which we have not agreed"
    yield from (
        f"the exception for the licence of {name} is needed no more" for name in excepted.keys() - found
    )


def _licence(said: Mapping[str, Any]) -> str:
    """Return a licence of CycloneDX as words."""
    return str(said.get("expression") or said["license"].get("id") or said["license"]["name"])


def _agreed(words: str) -> bool:
    """Return whether we agree to a licence, which may be an SPDX expression without brackets."""
    return any(all(part in AGREED for part in way.split(" AND ")) for way in words.split(" OR "))


def told_of_secrets(found: Iterable[Secret], excepted: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Yield a message for each secret without an exception, and for each exception that matches no secret.
    `excepted` are the exceptions, each with patterns for a `file` and a `line`."""
    unused = [*excepted]
    for one in found:
        known = [
            each for each in excepted if fnmatch(one.file, each["file"]) and re.search(each["line"], one.line)
        ]
        if not known:
            yield f"{one.file}:{one.number} looks like a secret ({one.kind})"
        unused = [each for each in unused if each not in known]
    yield from (f"the exception for {each['line']} in {each['file']} is needed no more" for each in unused)


def main() -> None:
    """Run the audit of the package in out/ and of the project's files. Exit with 1 if anything is wrong."""
    excepted = tomllib.loads(EXCEPTIONS.read_text("utf-8"))
    files = [ROOT / each.file for each in pins.ALL]
    wrong = [
        *told_of_advisories(audited(files, os.environ.get(SOURCE, "")), excepted["advisories"]),
        *told_of_licences(
            json.loads((build.package() / "sbom.json").read_text("utf-8"))["components"], excepted["licences"]
        ),
        *told_of_secrets(secrets(ROOT, tracked()), excepted["secrets"]),
    ]
    for line in wrong:
        print(f"audit: {line}", file=sys.stderr)
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
