"""The template against checkov's rules for safe resources.

`python -m infra.hardening` exits with 1 if a rule fails for a resource without an entry in
`infra/exceptions.toml`, or if an entry there matches nothing. checkov has an environment of its own, since it
holds many packages back."""

import json
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from infra import build, environments, replica
from infra.audit import EXCEPTIONS

REQUIREMENTS = environments.HERE / "checkov.txt"


class Finding(NamedTuple):
    """A rule that fails for a resource: the rule's id and sentence, and the logical id of the resource."""

    rule: str
    words: str
    resource: str


def findings(out: Path) -> list[Finding]:
    """Return the rules that fail for the template in the folder `out`, and for that of the other region.
    checkov reads them as CloudFormation expands them. Exits if checkov cannot be fetched or fails."""
    try:
        python = environments.environment("checkov", REQUIREMENTS)
    except subprocess.CalledProcessError:
        sys.exit("hardening: checkov cannot be fetched, so the template was not compared.")
    with tempfile.TemporaryDirectory() as folder:
        files = {"template.json": build.translated(out), "replica.json": replica.described()}
        for name, made in files.items():
            (Path(folder) / name).write_text(json.dumps(made, indent=1), encoding="utf-8")
        command: list[str | Path] = [python, "-m", "checkov.main", "--directory", folder]
        done = subprocess.run(
            [*command, "--framework", "cloudformation", "--output", "json", "--quiet", "--skip-download"],
            text=True,
            capture_output=True,
        )
    if not done.stdout.lstrip().startswith("{"):
        sys.exit(f"hardening: checkov failed:\n{done.stderr[-2000:]}")
    return [
        Finding(one["check_id"], one["check_name"], one["resource"].rpartition(".")[2])
        for one in json.loads(done.stdout)["results"]["failed_checks"]
    ]


def unexcused(found: Iterable[Finding], excepted: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Yield a message for each finding without an exception, and for each part of an exception that matches
    no finding. `excepted` are the exceptions: a `rule`, and the `resources` for which it may fail (all if
    there are none)."""
    known = {(each["rule"], name) for each in excepted for name in each.get("resources", [""])}
    used = set()
    for one in found:
        matching = known & {(one.rule, one.resource), (one.rule, "")}
        used |= matching
        if not matching:
            yield f"{one.resource}: {one.words} ({one.rule})"
    yield from (
        f"the exception for {' '.join(one).strip()} is needed no more" for one in sorted(known - used)
    )


def main() -> None:
    """Compare the template of the package. Exit with 1 if anything is wrong."""
    excepted = tomllib.loads(EXCEPTIONS.read_text("utf-8"))["hardening"]
    wrong = list(unexcused(findings(build.package()), excepted))
    for line in wrong:
        print(f"hardening: {line}", file=sys.stderr)
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
