"""Build what chalicelib/web/static/built holds: govuk.css from the govuk-frontend package (system fonts, no
crest, nothing else to load), and Swagger UI for the reference of the interface, with its licence beside
it."""

import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGES = {"govuk-frontend": "6.6.0", "swagger-ui-dist": "5.35.0"}
NPM = ROOT / ".local" / "npm"
MODULES = NPM / "node_modules"
BUILT = ROOT / "chalicelib" / "web" / "static" / "built"
SWAGGER = {
    "swagger-ui.css": "swagger-ui.css",
    "swagger-ui-bundle.js": "swagger-ui-bundle.js",
    "LICENSE": "swagger-ui.LICENSE.txt",
    "NOTICE": "swagger-ui.NOTICE.txt",
    "swagger-ui-bundle.js.LICENSE.txt": "swagger-ui-bundle.js.LICENSE.txt",
}
"""What is taken of Swagger UI, and under which name it lies here."""
FONTS = (
    'system-ui,-apple-system,"Segoe UI",Roboto,"PingFang SC","Hiragino Sans GB","Microsoft YaHei","Noto '
    'Sans CJK SC",sans-serif'
)


def main() -> None:
    """Fetch the packages and write what is taken of them, unless it is there and made by this very file."""
    mark, made = NPM / "made", [BUILT / name for name in ("govuk.css", *SWAGGER.values())]
    state = Path(__file__).read_text(encoding="utf-8")
    if all(file.is_file() for file in made) and mark.is_file() and mark.read_text(encoding="utf-8") == state:
        return
    fetch(PACKAGES, NPM)
    BUILT.mkdir(parents=True, exist_ok=True)
    css = (MODULES / "govuk-frontend/dist/govuk/govuk-frontend.min.css").read_text(encoding="utf-8")
    (BUILT / "govuk.css").write_text(plain(css), encoding="utf-8")
    for name, kept in SWAGGER.items():
        said = (MODULES / "swagger-ui-dist" / name).read_text(encoding="utf-8")
        said = re.sub(r"/[/*]# sourceMappingURL=\S*", "", said)
        (BUILT / kept).write_text(said, encoding="utf-8")
    mark.write_text(state, encoding="utf-8")


def fetch(packages: Mapping[str, str], folder: Path) -> Path:
    """Install packages of npm, by name and version, in a folder; where they lie then. Exits where npm is
    missing or cannot fetch them."""
    if shutil.which("npm") is None:
        sys.exit("npm is needed once, to fetch what pages are set with and looked at with.")
    wanted = (f"{name}@{version}" for name, version in packages.items())
    quiet = ("--no-audit", "--no-fund", "--no-save", "--ignore-scripts", "--silent")
    done = subprocess.run(
        ["npm", "install", "--prefix", folder, *quiet, *wanted], text=True, capture_output=True
    )
    if done.returncode:
        sys.exit(f"npm could not fetch {packages}:\n{done.stdout}{done.stderr}")
    return folder / "node_modules"


def plain(css: str) -> str:
    """GOV.UK's style sheet without what is licensed to GOV.UK alone: its typeface and its crest."""
    css = re.sub(r"@font-face\{[^}]*\}", "", css)
    css = re.sub(r'"?GDS Transport"?,arial,sans-serif', FONTS, css)
    css = re.sub(r"/\*# sourceMappingURL=.*?\*/", "", css)
    css = re.sub(r"((?:background|mask)-image):url\([^)]*\)", r"\1:none", css)
    if left := re.findall(r"GDS Transport|url\([^)]*\)", css):
        sys.exit(f"govuk-frontend holds more than is known here: {sorted(set(left))}")
    return css


if __name__ == "__main__":
    main()
