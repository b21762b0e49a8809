"""The files in chalicelib/web/static/built, which are fetched from npm. `govuk.css` is the style sheet of all
pages, without the fonts and the crest of GOV.UK. The files of Swagger UI, with its licence, are for the
reference of the interface."""

import re
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
SWAGGER_UI = Release(
    "swagger-ui-dist",
    "5.35.0",
    "sha512-U06rpMtW9V3XPGOBeamTUSr0Z09jMX4IJuANpE/EZbAhw0G8CgwrzU4YmXkn/h0wCDNsXdGarTNNHC3sU8yVUQ==",
)
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
"""The files of Swagger UI that ship. The key is the file's name in the npm package, and the value its name in
our folder."""
FONTS = (
    'system-ui,-apple-system,"Segoe UI",Roboto,"PingFang SC","Hiragino Sans GB","Microsoft YaHei","Noto '
    'Sans CJK SC",sans-serif'
)


def main() -> None:
    """Fetch the npm packages and write their files, unless this version of the script has already done it.
    Exits if a package cannot be fetched."""
    mark, made = NPM / "made", [BUILT / name for name in ("govuk.css", *SWAGGER.values())]
    state = Path(__file__).read_text(encoding="utf-8")
    if all(file.is_file() for file in made) and mark.is_file() and mark.read_text(encoding="utf-8") == state:
        return
    try:
        fetch((GOVUK, SWAGGER_UI), NPM)
    except Unfetched as unfetched:
        sys.exit(str(unfetched))
    BUILT.mkdir(parents=True, exist_ok=True)
    css = (MODULES / "govuk-frontend/dist/govuk/govuk-frontend.min.css").read_text(encoding="utf-8")
    (BUILT / "govuk.css").write_text(plain(css), encoding="utf-8")
    for name, kept in SWAGGER.items():
        said = (MODULES / "swagger-ui-dist" / name).read_text(encoding="utf-8")
        said = re.sub(r"/[/*]# sourceMappingURL=\S*", "", said)
        (BUILT / kept).write_text(said, encoding="utf-8")
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
