"""Build chalicelib/web/static/built/govuk.css from the govuk-frontend package: system fonts, no crest,
nothing else to load."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
VERSION = "6.6.0"
NPM = ROOT / ".local" / "npm"
PACKAGE = NPM / "node_modules" / "govuk-frontend"
BUILT = ROOT / "chalicelib" / "web" / "static" / "built" / "govuk.css"
FONTS = (
    'system-ui,-apple-system,"Segoe UI",Roboto,"PingFang SC","Hiragino Sans GB","Microsoft YaHei","Noto '
    'Sans CJK SC",sans-serif'
)


def main() -> None:
    """Fetch the package and write the style sheet, unless it is there in this version and made by this very
    file."""
    mark = NPM / "made"
    state = VERSION + Path(__file__).read_text(encoding="utf-8")
    if BUILT.is_file() and mark.is_file() and mark.read_text(encoding="utf-8") == state:
        return
    if shutil.which("npm") is None:
        sys.exit("npm is needed once, to fetch the style sheet of the pages.")
    done = subprocess.run(
        [
            "npm",
            "install",
            "--prefix",
            NPM,
            "--no-audit",
            "--no-fund",
            "--no-save",
            "--ignore-scripts",
            "--silent",
            f"govuk-frontend@{VERSION}",
        ],
        text=True,
        capture_output=True,
    )
    if done.returncode:
        sys.exit(f"npm could not fetch govuk-frontend {VERSION}:\n{done.stdout}{done.stderr}")
    BUILT.parent.mkdir(parents=True, exist_ok=True)
    BUILT.write_text(
        plain((PACKAGE / "dist/govuk/govuk-frontend.min.css").read_text(encoding="utf-8")), encoding="utf-8"
    )
    mark.write_text(state, encoding="utf-8")


def plain(css: str) -> str:
    """GOV.UK's style sheet without what is licensed to GOV.UK alone: its typeface and its crest."""
    css = re.sub(r"@font-face\{[^}]*\}", "", css)
    css = re.sub(r'"?GDS Transport"?,arial,sans-serif', FONTS, css)
    css = re.sub(r"/\*# sourceMappingURL=.*?\*/", "", css)
    css = re.sub(r"((?:background|mask)-image):url\([^)]*\)", r"\1:none", css)
    if left := re.findall(r"GDS Transport|url\([^)]*\)", css):
        sys.exit(f"govuk-frontend {VERSION} holds more than is known here: {sorted(set(left))}")
    return css


if __name__ == "__main__":
    main()
