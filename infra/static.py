"""The file in chalicelib/web/static/built, which is made from an npm package. `govuk.css` is the style sheet
of all pages, without the fonts and the crest of GOV.UK."""

import re
import shutil
import sys
from pathlib import Path

from infra.npm import Release, fetch
from infra.wheels import Unfetched

ROOT = Path(__file__).parent.parent
GOVUK = Release(
    "govuk-frontend",
    "6.6.0",
    "sha512-xctkWrQvLnvQt7fyjQ3MGX9S0wz0x0RQuLxCeoXF+s8EjGICG81/DYQGKN5qgO+0KVT12UAaRwUsGY6fulRcRg==",
)
NPM = ROOT / ".local" / "npm"
MODULES = NPM / "node_modules"
BUILT = ROOT / "chalicelib" / "web" / "static" / "built"
FONTS = (
    'system-ui,-apple-system,"Segoe UI",Roboto,"PingFang SC","Hiragino Sans GB","Microsoft YaHei","Noto '
    'Sans CJK SC",sans-serif'
)


def main() -> None:
    """Fetch the npm package and write the file, unless this version of the script has already done it. Exits
    if the package cannot be fetched."""
    mark, made = NPM / "made", BUILT / "govuk.css"
    state = Path(__file__).read_text(encoding="utf-8")
    if made.is_file() and mark.is_file() and mark.read_text(encoding="utf-8") == state:
        return
    try:
        fetch([GOVUK], NPM)
    except Unfetched as unfetched:
        sys.exit(str(unfetched))
    shutil.rmtree(BUILT, ignore_errors=True)  # an earlier version of this script wrote more files
    BUILT.mkdir(parents=True)
    css = (MODULES / "govuk-frontend/dist/govuk/govuk-frontend.min.css").read_text(encoding="utf-8")
    made.write_text(plain(css), encoding="utf-8")
    mark.write_text(state, encoding="utf-8")


def plain(css: str) -> str:
    """Return GOV.UK's style sheet `css` without the parts that only GOV.UK may use: its typeface and its
    crest. Exits if the result still refers to the typeface or to a file."""
    css = re.sub(r"@font-face\{[^}]*\}", "", css)
    css = re.sub(r'"?GDS Transport"?,arial,sans-serif', FONTS, css)
    css = re.sub(r"/\*# sourceMappingURL=.*?\*/", "", css)
    css = re.sub(r"((?:background|mask)-image):url\([^)]*\)", r"\1:none", css)
    if left := re.findall(r"GDS Transport|url\([^)]*\)", css):
        sys.exit(f"govuk-frontend holds more than is known here: {sorted(set(left))}")
    return css


if __name__ == "__main__":
    main()
