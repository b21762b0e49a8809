"""The deployment package: Chalice's output with our infrastructure merged in, compiled and checked.

`python -m infra.build` leaves out/deployment.zip and out/sam.json; with `check` it also lints the template.
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
"""What the method for all other methods of a path copies from a method that the path names."""
LARGEST = 250e6  # bytes, function and layers together unzipped
# An isolated import of everything that ships: no site-packages, no environment, so a missing wheel or an
# import-time setting shows. What makes documents or reads figures imports only where its layer is given too.
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
    """The package must not be deployed; the message says why."""


def inputs() -> list[Path]:
    """List every file the package is made from."""
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
    """Digest what the package is made from, and the Python that makes it."""
    total = hashlib.sha256(sys.version.encode())
    for path in inputs():
        total.update(f"{path.relative_to(ROOT)}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def package() -> Path:
    """Build out/ unless it is already made from exactly these files."""
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
    """Add to what Chalice packaged the wheels of the package, the layers, and the list of what ships. Raises
    Unfetched."""
    with tempfile.TemporaryDirectory() as folder:
        unpacked = Path(folder)
        shutil.copytree(wheels.fetch(ROOT / "requirements.txt").folder, unpacked, dirs_exist_ok=True)
        finish(OUT / "deployment.zip", unpacked)
        for each in layer.LAYERS.values():
            shutil.copy(layer.build(each), OUT / each.zip)
            finish_layer(unpacked, OUT / each.zip)
    sbom.write(OUT)


def _staged() -> Path:
    """Return a folder with the application and without its requirements: Chalice would fetch some of them in
    a second step without looking at their hashes."""
    stage = LOCAL / "stage"
    shutil.rmtree(stage, ignore_errors=True)
    stage.mkdir()
    for name in ("app.py", "chalicelib", ".chalice"):
        (stage / name).symlink_to(ROOT / name)
    return stage


def _chalice() -> None:
    """Let Chalice package the application with our infrastructure merged in."""
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
    """Give the application every other path and method too, those of the interface apart from those of pages:
    what API Gateway would answer itself is in no language of the caller's and leads nowhere."""
    known = {path: next(iter(methods.values())) for path, methods in paths.items()}
    any_of = known[next(path for path in known if path.startswith(f"{INTERFACE}/"))]
    behind = {"parameters": [{"name": "path", "in": "path", "required": True, "type": "string"}]}
    others = {f"{start}/{{path+}}": any_of | behind for start in ("", INTERFACE)}
    for path, method in {**known, INTERFACE: any_of, **others}.items():
        said = {name: method[name] for name in COPIED if name in method}
        paths.setdefault(path, {})["x-amazon-apigateway-any-method"] = said


def finish(package_file: Path, folder: Path) -> None:
    """Unpack the package into the folder with its wheels, add .pyc that need no check at start, zip again,
    the same bytes every time, and import everything that ships in isolation."""
    with zipfile.ZipFile(package_file) as zipped:
        zipped.extractall(folder)
    compiled = (folder / "chalicelib").rglob("__pycache__")  # also of modules that are there no more
    for unwanted in compiled:
        shutil.rmtree(unwanted, ignore_errors=True)
    leave_used(folder / "botocore/data")
    zip_compiled(folder, package_file, "/var/task")
    _import_alone(folder)


def leave_used(data: Path) -> None:
    """Leave in botocore's data only what is about the services that the functions call: their descriptions,
    and their endpoints in the list of all, which every start reads as a whole."""
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
    """Return the services of AWS that the functions call, as botocore names them."""
    wiring = (ROOT / "chalicelib/wiring.py").read_text("utf-8")
    return {"dynamodb", *re.findall(r'self\.client\(\s*"([\w-]+)"', wiring)}


def finish_layer(package: Path, layer_file: Path) -> None:
    """Import everything in isolation from the unpacked package with the layer, and refuse what together is
    larger than Lambda takes."""
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(layer_file) as zipped:
        size = sum(entry.file_size for entry in zipped.infolist())
        size += sum(file.stat().st_size for file in package.rglob("*") if file.is_file())
        if size > LARGEST:
            raise Broken(f"package and layer are {size / 1e6:.0f} MB unzipped, more than Lambda takes")
        zipped.extractall(place := Path(folder) / layer_file.stem)
        _import_alone(package, place / "python")


def _import_alone(*folders: Path) -> None:
    """Import everything from these folders and the standard library only."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-B", "-c", IMPORT_ALL, *folders], env={}, text=True, capture_output=True
    )
    if done.returncode:
        raise Broken(f"the package does not import on its own:\n{done.stderr}")


def check(packaged: dict[str, template.Node]) -> None:
    """Refuse a template with references to nothing or with a resource that only our overrides know."""
    if lost := template.dangling(packaged):
        raise Broken(f"the template refers to what it does not define: {sorted(lost)}")
    if untyped := sorted(name for name, resource in packaged["Resources"].items() if "Type" not in resource):
        raise Broken(f"overrides.yaml names resources that Chalice does not make: {untyped}")


def main() -> None:
    """Build, and lint too when asked to check."""
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
