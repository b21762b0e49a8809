"""The deployment package: Chalice's output with our infrastructure merged in, compiled and checked.

`python -m infra.build` makes out/deployment.zip and out/sam.json; `check` also lints the template.
"""

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
from pathlib import Path

from infra import layer, sbom, static, template, wheels
from infra.zipping import zip_compiled

ROOT = Path(__file__).parent.parent
OUT = ROOT / "out"
LOCAL = ROOT / ".local"
STAGE = "main"
INTERFACE = "/v1"
COPIED = ("parameters", "responses", "x-amazon-apigateway-integration")
"""The parts that the method for all other methods of a path copies from one of the path's own methods."""
LARGEST = 250e6  # bytes, function and layers together unzipped
# An isolated import of everything that ships. Without site-packages and environment, it reveals a missing
# wheel or an import-time setting. Modules that make documents or read figures are imported only with their
# layer.
IMPORT_ALL = """
import importlib, pkgutil, sys
sys.path[:0] = sys.argv[1:]
import app, chalicelib
for module in pkgutil.walk_packages(chalicelib.__path__, "chalicelib."):
    layered = {"layer": ("documents.",), "figures": ("figures.lake", "figures.terms")}
    given = " ".join(sys.argv[2:])
    lacking = [name for layer, names in layered.items() if f"/{layer}/" not in given for name in names]
    if not module.name.removeprefix("chalicelib.").startswith((*lacking,)):
        importlib.import_module(module.name)
"""


class Broken(Exception):
    """An error that forbids deploying the package; the message says why."""


def inputs() -> list[Path]:
    """Return every file from which the package is made."""
    parts = [
        "app.py",
        "requirements.txt",
        ".chalice/*.json",
        "infra/*.yaml",
        "infra/*.txt",
        "chalicelib/**/*",
        *(
            f"infra/{name}.py"
            for name in ("build", "layer", "npm", "pins", "sbom", "template", "wheels", "zipping")
        ),
    ]
    return sorted(
        path
        for part in parts
        for path in ROOT.glob(part)
        if path.is_file() and "__pycache__" not in path.parts
    )


def digest() -> str:
    """Return the digest of the package's inputs and of the Python that builds it."""
    total = hashlib.sha256(sys.version.encode())
    for path in inputs():
        total.update(f"{path.relative_to(ROOT)}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def package() -> Path:
    """Build out/ and return it, unless it is up to date with these files. Raises Broken."""
    LOCAL.mkdir(exist_ok=True)
    with (LOCAL / "build.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        static.main()
        now, mark = digest(), OUT / "digest"
        if not (mark.exists() and mark.read_text() == now):
            shutil.rmtree(OUT, ignore_errors=True)
            _chalice()
            try:
                _complete()
            except wheels.Unfetched as unfetched:
                raise Broken(str(unfetched)) from None
            check(json.loads((OUT / "sam.json").read_text(encoding="utf-8")))
            mark.write_text(now)
    return OUT


def _complete() -> None:
    """Add the wheels, the layers and the list of what ships to Chalice's output. Raises Unfetched."""
    with tempfile.TemporaryDirectory() as folder:
        unpacked = Path(folder)
        shutil.copytree(wheels.fetch(ROOT / "requirements.txt").folder, unpacked, dirs_exist_ok=True)
        finish(OUT / "deployment.zip", unpacked)
        for each in layer.LAYERS.values():
            shutil.copy(layer.build(each), OUT / each.zip)
            finish_layer(unpacked, OUT / each.zip)
    sbom.write(OUT)


def _staged() -> Path:
    """Return a folder with the application but without its requirements. Chalice would fetch some of them in
    a second step without checking their hashes."""
    stage = LOCAL / "stage"
    shutil.rmtree(stage, ignore_errors=True)
    stage.mkdir()
    for name in ("app.py", "chalicelib", ".chalice"):
        (stage / name).symlink_to(ROOT / name)
    return stage


def _chalice() -> None:
    """Package the application with Chalice, with our infrastructure merged in. Raises Broken."""
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
    shutil.rmtree(ROOT / ".chalice" / "deployments", ignore_errors=True)  # out/ itself is the cache
    if done.returncode:
        raise Broken(f"chalice package failed:\n{done.stdout}{done.stderr}")
    packaged = json.loads((OUT / "sam.json").read_text(encoding="utf-8"))
    catch(packaged["Resources"]["RestAPI"]["Properties"]["DefinitionBody"]["paths"])
    (OUT / "sam.json").write_text(json.dumps(packaged, ensure_ascii=False, indent=1), encoding="utf-8")


def catch(paths: dict[str, template.Node]) -> None:
    """Route every other path and method to the application too, those of the interface apart from those of
    pages. API Gateway's own answer would not be in the caller's language, and would lead nowhere."""
    known = {path: next(iter(methods.values())) for path, methods in paths.items()}
    any_of = known[next(path for path in known if path.startswith(f"{INTERFACE}/"))]
    behind = {"parameters": [{"name": "path", "in": "path", "required": True, "type": "string"}]}
    others = {f"{start}/{{path+}}": any_of | behind for start in ("", INTERFACE)}
    for path, method in {**known, INTERFACE: any_of, **others}.items():
        said = {name: method[name] for name in COPIED if name in method}
        paths.setdefault(path, {})["x-amazon-apigateway-any-method"] = said


def finish(package_file: Path, folder: Path) -> None:
    """Unpack the package into the folder with its wheels, and add .pyc files that need no check at start. Zip
    it to the same bytes every time, and import everything that ships in isolation."""
    with zipfile.ZipFile(package_file) as zipped:
        zipped.extractall(folder)
    compiled = (folder / "chalicelib").rglob("__pycache__")  # also of modules that no longer exist
    for unwanted in compiled:
        shutil.rmtree(unwanted, ignore_errors=True)
    leave_used(folder / "botocore/data")
    zip_compiled(folder, package_file, "/var/task")
    _import_alone(folder)


def leave_used(data: Path) -> None:
    """Leave only the called services in botocore's data: their descriptions, and their endpoints in the
    common list, which every start reads whole."""
    for described in data.glob("*/"):
        if described.name not in services():
            shutil.rmtree(described)
    kept = {
        json.loads(gzip.decompress(file.read_bytes()))["metadata"]["endpointPrefix"]
        for file in data.glob("*/*/service-2.json.gz")
    }
    endpoints = json.loads((data / "endpoints.json").read_text("utf-8"))
    for partition in endpoints["partitions"]:
        partition["services"] = {name: of for name, of in partition["services"].items() if name in kept}
    (data / "endpoints.json").write_text(json.dumps(endpoints), "utf-8")


def services() -> set[str]:
    """Return the AWS services that the functions call, by botocore's names."""
    wiring = (ROOT / "chalicelib/wiring.py").read_text("utf-8")
    return {"dynamodb", *re.findall(r'self\.client\(\s*"([\w-]+)"', wiring)}


def finish_layer(package: Path, layer_file: Path) -> None:
    """Import everything in isolation from the unpacked package with the layer. Raises Broken where both
    together are larger than Lambda allows."""
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(layer_file) as zipped:
        size = sum(entry.file_size for entry in zipped.infolist())
        size += sum(file.stat().st_size for file in package.rglob("*") if file.is_file())
        if size > LARGEST:
            raise Broken(f"package and layer are {size / 1e6:.0f} MB unzipped, more than Lambda takes")
        zipped.extractall(place := Path(folder) / layer_file.stem)
        _import_alone(package, place / "python")


def _import_alone(*folders: Path) -> None:
    """Import everything from these folders and the standard library only. Raises Broken where that fails."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-B", "-c", IMPORT_ALL, *folders], env={}, text=True, capture_output=True
    )
    if done.returncode:
        raise Broken(f"the package does not import on its own:\n{done.stderr}")


def check(packaged: dict[str, template.Node]) -> None:
    """Raise Broken for a template with dangling references, or with a resource that only our
    overrides name."""
    if lost := template.dangling(packaged):
        raise Broken(f"the template refers to what it does not define: {sorted(lost)}")
    if untyped := sorted(name for name, resource in packaged["Resources"].items() if "Type" not in resource):
        raise Broken(f"overrides.yaml names resources that Chalice does not make: {untyped}")


def main() -> None:
    """Build, and with `check` lint too."""
    try:
        out = package()
    except Broken as broken:
        sys.exit(str(broken))
    for file in ("deployment.zip", *(each.zip for each in layer.LAYERS.values())):
        print(f"{(out / file).relative_to(ROOT)}: {(out / file).stat().st_size / 1e6:.1f} MB")
    if sys.argv[1:] == ["check"]:
        sys.exit(
            subprocess.run(
                [Path(sys.executable).parent / "cfn-lint", "infra/resources.yaml", out / "sam.json"], cwd=ROOT
            ).returncode
        )


if __name__ == "__main__":
    main()
