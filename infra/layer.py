"""The Lambda layers. Workers of documents and files get typst, pyHanko, Pillow and the fonts; the worker of
figures gets DuckDB and rjieba. Each layer is built from pinned packages only, to the same bytes every
time."""

import fcntl
import hashlib
import shutil
import sys
from pathlib import Path
from typing import NamedTuple

from infra import npm, wheels
from infra.targets import HOST, Target
from infra.zipping import zip_compiled

ROOT = Path(__file__).parent.parent
HERE = ROOT / ".local" / "layer"


class Layer(NamedTuple):
    """A layer: its name, and whether it includes the fonts."""

    name: str
    with_fonts: bool = False

    @property
    def pins(self) -> Path:
        """The file with the pinned packages of the layer."""
        return Path(__file__).with_name(f"{self.name}.txt")

    @property
    def zip(self) -> str:
        """The name of the layer's zip in out/."""
        return f"{self.name}.zip"


DOCUMENTS, FIGURES = Layer("layer", with_fonts=True), Layer("figures")
LAYERS = {"DocsLayer": DOCUMENTS, "FiguresLayer": FIGURES}
"""The Lambda layers. The key is the name of the layer's resource in the template."""
FONTS = npm.Release(
    "@expo-google-fonts/noto-sans-sc",
    "0.4.3",
    "sha512-9rAwdFTFHbO/u6Cs0gj2jZbW74TGIiaFNQnXYH2s5wA1bzVkwbaviL4t8YUV642eGYjg86eH6DkAEQmfNHDncQ==",
)
"""The npm package with the fonts Noto Sans SC (SIL Open Font License). The fonts cover GB 2312, the general
standard list of characters, and rare characters in names."""
FACES = ("400Regular/NotoSansSC_400Regular.ttf", "700Bold/NotoSansSC_700Bold.ttf", "LICENSE_FONT")
FOLDER = "redress_fonts"
MADE_BY = [Path(__file__).with_name(f"{name}.py") for name in ("layer", "wheels", "zipping")]


def build(layer: Layer, target: Target = HOST) -> Path:
    """Build the zip of a layer for a target and return its path. The zip is built only if the layer's pins,
    the target, this Python or the building code have changed. Raises Unfetched if a package cannot be
    fetched."""
    fetched = wheels.fetch(layer.pins, target)
    parts = (layer.pins.read_bytes(), *(file.read_bytes() for file in MADE_BY), sys.version.encode())
    folder = HERE / target.name
    made, mark = folder / layer.zip, folder / f"{layer.name}.made"
    state = hashlib.sha256(b"\0".join(parts)).hexdigest()
    if not (made.exists() and mark.exists() and mark.read_text() == state):
        unpacked = HERE / "unpacked"
        shutil.rmtree(unpacked, ignore_errors=True)
        shutil.copytree(fetched.folder, unpacked / "python")
        if layer.with_fonts:
            shutil.copytree(fonts() / FOLDER, unpacked / "python" / FOLDER)
        folder.mkdir(parents=True, exist_ok=True)
        zip_compiled(unpacked, made, "/opt", target.interpreter)
        shutil.rmtree(unpacked)
        mark.write_text(state)
    return made


def fonts() -> Path:
    """Fetch the fonts if they are missing. Return the folder to put on `sys.path`, which contains the font
    folder. Raises Unfetched if the fonts cannot be fetched."""
    place, mark = HERE / "fonts", HERE / "fonts" / "made"
    HERE.mkdir(parents=True, exist_ok=True)
    with (HERE / "fonts.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (mark.exists() and mark.read_text() == FONTS.integrity):
            _fetch(place)
            mark.write_text(FONTS.integrity)
    return place


def _fetch(place: Path) -> None:
    """Fetch the fonts and their licence into the folder `place`."""
    shutil.rmtree(place, ignore_errors=True)
    modules = npm.fetch([FONTS], HERE / "npm")
    (place / FOLDER).mkdir(parents=True)
    for face in FACES:
        shutil.copy(modules / FONTS.name / face, place / FOLDER)
    shutil.rmtree(HERE / "npm")
