"""The deployment package: Chalice's output with our infrastructure merged in, compiled and checked. `python
-m infra.build` makes out/deployment.zip and out/sam.json. `python -m infra.build check` also lints the
template."""

import fcntl
import gzip
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Collection
from pathlib import Path
from typing import Any

from chalicelib.web.api.openapi import OPEN
from infra import dialects, environments, layer, sbom, static, template, wheels
from infra.targets import HOST, Broken as Broken, Target, chosen
from infra.zipping import zip_compiled

ROOT = Path(__file__).parent.parent
OUT = ROOT / "out"
LOCAL = environments.LOCAL
STAGE = "main"
INTERFACE = "/v1"
REQUIRED = "required-headers"
"""The name of the validator that refuses a request without the headers that its operation requires."""
COPIED = ("parameters", "responses", "x-amazon-apigateway-integration")
"""The keys that `catch` copies from a path's own method to the method that takes all other requests to the
path."""
LARGEST = 250e6  # the bytes that a function and its layers may have, unzipped
# This script imports everything that ships, without site-packages and without environment variables.
# So a missing wheel is found, and so is a module that needs a setting when it is imported.
# Modules that need the layer of documents or of figures are only imported together with this layer.
IMPORT_ALL = """
import importlib, pkgutil, sys
sys.path[:0] = sys.argv[1:]
import app, chalicelib
for module in pkgutil.walk_packages(chalicelib.__path__, "chalicelib."):
    layered = {"layer": ("documents.",), "figures": ("figures.lake", "figures.months", "figures.terms")}
    given = " ".join(sys.argv[2:])
    lacking = [name for layer, names in layered.items() if f"/{layer}/" not in given for name in names]
    if not module.name.removeprefix("chalicelib.").startswith((*lacking,)):
        importlib.import_module(module.name)
"""


TRANSLATE = """
import json, sys, types
from samtranslator.translator.transform import transform
packaged = json.load(sys.stdin)
for resource in packaged["Resources"].values():
    for name in {"CodeUri", "ContentUri"} & {*resource["Properties"]}:
        resource["Properties"][name] = "s3://packages/package"
print(json.dumps(transform(packaged, {}, types.SimpleNamespace(load=dict))))
"""
"""A program that expands the template with the translator that AWS runs."""
REGIONS, CHINA = ("eu-central-1", "us-east-1"), ("cn-north-1", "cn-northwest-1")
"""The regions for which the template is linted. Those of China lack the services in `template.LACKING`."""


def inputs() -> list[Path]:
    """Return the files from which the package is made. If one of these files changes, the package is built
    again."""
    parts = [
        "app.py",
        "requirements.txt",
        ".chalice/*.json",
        "infra/*.yaml",
        "infra/*.txt",
        "chalicelib/**/*",
        *(
            f"infra/{name}.py"
            for name in (
                "build",
                "check_release",
                "dialects",
                "layer",
                "npm",
                "pins",
                "sbom",
                "targets",
                "template",
                "wheels",
                "zipping",
            )
        ),
    ]
    return sorted(
        path
        for part in parts
        for path in ROOT.glob(part)
        if path.is_file() and "__pycache__" not in path.parts
    )


def digest(target: Target = HOST) -> str:
    """Return a digest of the contents of all inputs, of the target, and of the version of this Python."""
    total = hashlib.sha256(repr((sys.version, target)).encode())
    for path in inputs():
        total.update(f"{path.relative_to(ROOT)}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def package(target: Target = HOST) -> Path:
    """Return the folder out/ with the package for a target. The package is built if an input or the target
    has changed since the last build. Raises Broken if the build fails."""
    LOCAL.mkdir(exist_ok=True)
    with (LOCAL / "build.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        static.main()
        now, mark = digest(target), OUT / "digest"
        if not (mark.exists() and mark.read_text() == now):
            shutil.rmtree(OUT, ignore_errors=True)
            _chalice(target)
            try:
                _complete(target)
            except wheels.Unfetched as unfetched:
                raise Broken(str(unfetched)) from None
            check(json.loads((OUT / "sam.json").read_text(encoding="utf-8")))
            mark.write_text(now)
    return OUT


def _complete(target: Target) -> None:
    """Add to Chalice's output in out/: the wheels, the layers, and the list of what ships. Raises Unfetched
    if a package cannot be fetched, and Broken without a Python that compiles for the target."""
    with tempfile.TemporaryDirectory() as folder:
        unpacked = Path(folder)
        shutil.copytree(wheels.fetch(ROOT / "requirements.txt", target).folder, unpacked, dirs_exist_ok=True)
        (sql := unpacked / "chalicelib/figures/sql").mkdir(parents=True)
        dialects.write(sql)
        finish(OUT / "deployment.zip", unpacked, target)
        for each in layer.LAYERS.values():
            shutil.copy(layer.build(each, target), OUT / each.zip)
            finish_layer(unpacked, OUT / each.zip, target)
    sbom.write(OUT, target)


def _staged() -> Path:
    """Return a folder with the application for Chalice to package. The folder lacks the file of requirements,
    because Chalice would fetch some of the required packages without checking their hashes."""
    stage = LOCAL / "stage"
    shutil.rmtree(stage, ignore_errors=True)
    stage.mkdir()
    for name in ("app.py", "chalicelib", ".chalice"):
        (stage / name).symlink_to(ROOT / name)
    return stage


def _chalice(target: Target) -> None:
    """Make the package and the template for a target in out/ with Chalice. Our infrastructure is merged into
    the template. Raises Broken if Chalice fails."""
    merged = LOCAL / "merge.json"
    merged.write_text(json.dumps(template.infrastructure(), ensure_ascii=False), encoding="utf-8")
    command: list[str | Path] = [
        Path(sys.executable).parent / "chalice",
        "package",
        "--stage",
        STAGE,
        "--merge-template",
        merged,
        OUT,
    ]
    done = subprocess.run(
        command,
        cwd=_staged(),
        env={"AWS_DEFAULT_REGION": "us-east-1", **os.environ},
        text=True,
        capture_output=True,
    )
    shutil.rmtree(ROOT / ".chalice" / "deployments", ignore_errors=True)  # Chalice's own cache is not needed
    if done.returncode:
        raise Broken(f"chalice package failed:\n{done.stdout}{done.stderr}")
    (OUT / "sam.json").rename(OUT / "chalice.json")
    made = composed(json.loads((OUT / "chalice.json").read_text(encoding="utf-8")), target)
    (OUT / "sam.json").write_text(json.dumps(made, ensure_ascii=False, indent=1), encoding="utf-8")


def composed(packaged: dict[str, template.Node], target: Target) -> dict[str, template.Node]:
    """Return the template for a target, from that of Chalice, which is changed."""
    body = packaged["Resources"]["RestAPI"]["Properties"]["DefinitionBody"]
    catch(body["paths"])
    ask_credentials(body)
    # the site calls the version in use (releases.py)
    aliased = json.dumps(body).replace("${APIHandler.Arn}", "${APIHandler.Alias}")
    packaged["Resources"]["RestAPI"]["Properties"]["DefinitionBody"] = json.loads(aliased)
    for resource in packaged["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":  # Chalice takes the Python that runs it
            resource["Properties"] |= {
                "Runtime": f"python{target.python}",
                "Architectures": [target.architecture],
            }
        elif resource["Type"] == "AWS::Serverless::LayerVersion":
            resource["Properties"]["CompatibleArchitectures"] = [target.architecture]
    return template.adoptable(template.without(packaged, target.without))


def catch(paths: dict[str, template.Node]) -> None:
    """Route every unknown path, and every other method of a known path, to the application. Without these
    routes API Gateway would answer such a request itself, in English and without a link.

    `paths` is the part of the template with the paths, and is changed. New routes of the interface copy the
    settings of the interface. All other new routes copy the settings of a page."""
    known = {path: next(iter(methods.values())) for path, methods in paths.items()}
    any_of = known[next(path for path in known if path.startswith(f"{INTERFACE}/"))]
    behind = {"parameters": [{"name": "path", "in": "path", "required": True, "type": "string"}]}
    others = {f"{start}/{{path+}}": any_of | behind for start in ("", INTERFACE)}
    for path, method in {**known, INTERFACE: any_of, **others}.items():
        said = {name: method[name] for name in COPIED if name in method}
        paths.setdefault(path, {})["x-amazon-apigateway-any-method"] = said


def ask_credentials(body: dict[str, template.Node]) -> None:
    """Let API Gateway itself refuse a request without `Authorization`, with the gateway response that has
    `WWW-Authenticate`. API Gateway renames that header in the answer of a function to
    `x-amzn-Remapped-WWW-Authenticate`. `body` is the definition of the API, and is changed. Operations that
    serve everybody do not require the header."""
    body["x-amazon-apigateway-request-validators"] = {
        REQUIRED: {"validateRequestParameters": True, "validateRequestBody": False}
    }
    header = {"name": "Authorization", "in": "header", "required": True, "type": "string"}
    for path, methods in body["paths"].items():
        for method, operation in methods.items():
            known = method in ("get", "post", "put", "delete") and path.startswith(f"{INTERFACE}/")
            if known and (method.upper(), path) not in OPEN:
                operation["parameters"] = [*operation.get("parameters", ()), header]
                operation["x-amazon-apigateway-request-validator"] = REQUIRED


def finish(package_file: Path, folder: Path, target: Target = HOST) -> None:
    """Complete the zip `package_file`. `folder` holds the wheels; the content of the zip is unpacked into it,
    and everything is compiled and zipped again. Python uses the compiled files without checking them against
    their sources. The same files give the same bytes.

    At the end everything that ships is imported in isolation, if this machine can run what is built for the
    target. Raises Broken if that fails."""
    with zipfile.ZipFile(package_file) as zipped:
        zipped.extractall(folder)
    compiled = (folder / "chalicelib").rglob("__pycache__")  # may hold modules that no longer exist
    for unwanted in compiled:
        shutil.rmtree(unwanted, ignore_errors=True)
    leave_used(folder / "botocore/data")
    for stub in folder.rglob("*.pyi"):  # types for editors
        stub.unlink()
    shutil.rmtree(folder / "pycparser", ignore_errors=True)  # reads C for cffi, and nothing here compiles C
    shutil.rmtree(folder / "pydantic/v1", ignore_errors=True)  # the former version, for models written for it
    shutil.rmtree(folder / "boto3/data", ignore_errors=True)  # describes resources, and we use clients only
    zip_compiled(folder, package_file, "/var/task", target.interpreter)
    _import_alone(target, folder)


def leave_used(data: Path) -> None:
    """Delete from botocore's folder of data (`data`) every AWS service that we do not call: its description,
    and its endpoints in the common list. Each start of a function reads this list, so a short list saves
    time. The descriptions that stay lose their texts for people, which are more than half of them."""
    for described in data.glob("*/"):
        if described.name not in services():
            shutil.rmtree(described)
    kept = set()
    for file in data.glob("*/*/service-2.json.gz"):
        said = json.loads(gzip.decompress(file.read_bytes()))
        kept.add(said["metadata"]["endpointPrefix"])
        file.write_bytes(gzip.compress(json.dumps(_undocumented(said)).encode(), mtime=0))
    endpoints = json.loads((data / "endpoints.json").read_text("utf-8"))
    for partition in endpoints["partitions"]:
        partition["services"] = {name: of for name, of in partition["services"].items() if name in kept}
    (data / "endpoints.json").write_text(json.dumps(endpoints), "utf-8")


def _undocumented(said: Any) -> Any:
    """Return a part of a service's description with its texts for people empty. The keys of the texts stay,
    because botocore reads some of them."""
    if isinstance(said, dict):
        texts = {name for name, of in said.items() if name == "documentation" and isinstance(of, str)}
        return {name: "" if name in texts else _undocumented(of) for name, of in said.items()}
    return [_undocumented(one) for one in said] if isinstance(said, list) else said


def services() -> set[str]:
    """Return botocore's names of the AWS services that the functions call. The names are found in the text of
    `wiring.py`."""
    wiring = (ROOT / "chalicelib/wiring.py").read_text("utf-8")
    return {"dynamodb", *re.findall(r'self\.client\(\s*"([\w-]+)"', wiring)}


def finish_layer(package: Path, layer_file: Path, target: Target = HOST) -> None:
    """Check a layer's zip (`layer_file`) together with the folder of the unpacked package. Raises Broken if
    the two do not import in isolation, or if they are larger than Lambda allows."""
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(layer_file) as zipped:
        size = sum(entry.file_size for entry in zipped.infolist())
        size += sum(file.stat().st_size for file in package.rglob("*") if file.is_file())
        if size > LARGEST:
            raise Broken(f"package and layer are {size / 1e6:.0f} MB unzipped, more than Lambda takes")
        zipped.extractall(place := Path(folder) / layer_file.stem)
        _import_alone(target, package, place / "python")


def _import_alone(target: Target, *folders: Path) -> None:
    """Import everything that ships, when Python can import only from these folders and the standard library.
    On a machine that cannot run what is built for the target nothing is imported. Raises Broken if an import
    fails, or if a compiled file is for another processor."""
    if wrong := [file for folder in folders for file in target.foreign(folder)]:
        raise Broken(f"compiled files in the package are not for {target.architecture}: {wrong}")
    if not target.runs_here:
        return
    done = subprocess.run(
        [target.interpreter, "-I", "-S", "-B", "-c", IMPORT_ALL, *folders],
        env={},
        text=True,
        capture_output=True,
    )
    if done.returncode:
        raise Broken(f"the package does not import on its own:\n{done.stderr}")


def check(packaged: dict[str, template.Node]) -> None:
    """Check the template. Raises Broken if it refers to a name that it does not define, or if overrides.yaml
    has settings for a resource that Chalice does not make."""
    if lost := template.dangling(packaged):
        raise Broken(f"the template refers to what it does not define: {sorted(lost)}")
    if untyped := sorted(name for name, resource in packaged["Resources"].items() if "Type" not in resource):
        raise Broken(f"overrides.yaml names resources that Chalice does not make: {untyped}")


def translated(out: Path, region: str = REGIONS[0]) -> dict[str, template.Node]:
    """Return the template in the folder `out` as the translator expands it for a region. The emulator's
    environment has the translator."""
    done = subprocess.run(
        [environments.emulator(), "-c", TRANSLATE],
        input=(out / "sam.json").read_text(encoding="utf-8"),
        text=True,
        capture_output=True,
        env={"AWS_DEFAULT_REGION": region},
    )
    if done.returncode:
        raise Broken(f"the template cannot be translated:\n{done.stderr}")
    made: dict[str, template.Node] = json.loads(done.stdout)
    return made


def lint(out: Path, regions: Collection[str] = REGIONS) -> str:
    """Return what cfn-lint finds in the translated template for these regions, which are of one partition. It
    knows only the translated one, since ours refers to aliases that the translator makes."""
    return linted(translated(out, next(iter(regions))), regions)


def linted(made: dict[str, template.Node], regions: Collection[str] = (*REGIONS, *CHINA)) -> str:
    """Return what cfn-lint finds in a template for these regions."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "template.json"
        # without indentation, because the largest size counts what AWS makes of the template, not our layout
        file.write_text(json.dumps(made), encoding="utf-8")
        done = subprocess.run(
            [Path(sys.executable).parent / "cfn-lint", "--regions", *regions, "--", file],
            cwd=ROOT,
            text=True,
            capture_output=True,
        )
    return done.stdout + done.stderr


def lint_china(out: Path) -> str:
    """Return what cfn-lint finds in the template without the services that China lacks, in its regions. `out`
    is the folder with the package."""
    made = json.loads((out / "chalice.json").read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        without = composed(made, HOST._replace(without=tuple(template.LACKING)))
        (Path(folder) / "sam.json").write_text(json.dumps(without), encoding="utf-8")
        return lint(Path(folder), CHINA)


def main() -> None:
    """Build the package for the target of a deploy. With the argument `check` build it for this machine, and
    lint the template too."""
    try:
        out = package(HOST if sys.argv[1:] == ["check"] else chosen())
    except Broken as broken:
        sys.exit(str(broken))
    for file in ("deployment.zip", *(each.zip for each in layer.LAYERS.values())):
        print(f"{(out / file).relative_to(ROOT)}: {(out / file).stat().st_size / 1e6:.1f} MB")
    if sys.argv[1:] == ["check"]:
        sys.exit(lint(out) + lint_china(out) or None)


if __name__ == "__main__":
    main()
