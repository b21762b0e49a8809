"""The functions that all pages share: language, forms, cookies, redirects, static files, problem pages, and
the log of requests.

Every response body is a `str`, because the app declares no binary media type. Jinja is imported when the
first page is rendered, because requests of programs do not need it."""

import re
import time
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from functools import cache, lru_cache, partial, wraps
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from chalice import Response
from pydantic import ValidationError

from chalicelib.access.authorization import NotFound
from chalicelib.cases.casework import Unavailable, WriteConflict
from chalicelib.domain.calendar import instant, stamp
from chalicelib.domain.model.case import Refusal
from chalicelib.domain.reference import read, shown
from chalicelib.locale import formats
from chalicelib.logs import carry, carrying, correlation, log
from chalicelib.web import callers, inputs, problems
from chalicelib.web.forms.form_context import Option
from chalicelib.web.pages import language_tags
from chalicelib.web.problems import (
    AccessForbidden,
    MethodNotAllowed,
    NoSuchPath,
    TooLarge,
    WrongContentType,
    document,
    problem,
    served,
)
from chalicelib.wiring import product

LANGUAGE_COOKIE, YEAR = "__Host-lang", 365 * 24 * 3600
STATIC = Path(__file__).parents[1] / "static"
"""The folder of our style sheets and script. `make` writes generated style sheets and scripts into its
subfolder `built`."""
HTML = "text/html; charset=utf-8"
GET, FORM = ["GET", "HEAD"], ["application/x-www-form-urlencoded"]
"""GET: the HTTP methods of a page. FORM: the content type of a posted form."""
KEPT = (ValidationError, Refusal, WriteConflict, Unavailable)
"""The errors after which the form is shown again with everything that the user typed into it. The user can
correct such an error, or another attempt can avoid it."""
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml; charset=utf-8",
}
KEPT_CHOICES = 50
"""The number of select lists whose HTML is cached. The cache pays off because each row of a long form has the
same select lists."""
BOUNDARY = re.compile(r'boundary="?([^";]+)')
PART = re.compile(rb'(?i)^\r\ncontent-disposition: *form-data[^\r\n]*; *name="([^"\r\n]*)"', re.MULTILINE)
HASHED = re.compile(r"([\w-]+)\.([0-9a-f]{12})\.(\w+)")
TELEPHONE = re.compile(
    r"(?<![\d+])(?:(?:[+＋]|00(?:86|85[23]|886|[1-9]\d{0,2}(?=[ -])))[ -]?\d(?:(?:[ .-]|[)] ?| ?[(])?\d){7,12}"
    r"|[1１][3-9３-９]\d[ -]?\d{4}[ -]?\d{4}|[48]00[ -]?\d{3}[ -]?\d{4}"
    r"|(?<!\d[ -])(?:0\d{2,3}[ -]|[(（]0\d{2,3}[)）] ?)\d{3,4}[ -]?\d{4})"
    r"(?!\d| \d|-\d{5}|-\d+-)(?:;ext=\d{1,7})?"
)
ADDRESS = re.compile(r"https?://[\w.:/-]+")
API = ("/v1", "/openapi.json")
"""The beginnings of the paths for programs. An error on such a path is answered with a problem document
(JSON), not with a page."""
WORDS_OF_STATUS = {404, 405, 413, 415, 429, 500, 503}
"""The HTTP statuses whose problem page has a heading of its own. All other statuses share one heading."""
COME_AGAIN = frozenset({429, 503})
"""The HTTP statuses whose answer has a `Retry-After` header: too many requests (429), and unavailable
(503)."""
COUNTED = {500: "UnhandledError", 503: "Answered503"}
"""The HTTP statuses that are counted for operations. The value is the name of the metric."""
EVERYWHERE = {
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    "X-Content-Type-Options": "nosniff",
}
"""Headers of every answer. For a year, the browser uses only TLS for this site (RFC 6797). Our pages cannot
use the browser features that need the user's permission. The browser does not guess media types."""
NOTHING = {"Content-Security-Policy": "default-src 'none'; base-uri 'none'; frame-ancestors 'none'"}
"""Headers of every answer that is not a page. A browser that shows such an answer loads nothing else for the
answer, and does not show it in a frame."""
SCRIPT = "script-src 'self'; "
"""The addition to the content security policy that lets a page run our script."""
LONG = 150
"""The number of characters above which free text is folded on a page. The main text of a page is never
folded."""
BEGINNING = 40
"""The number of characters of a folded text that stay visible."""
ASKED_BY = 8
"""The number of characters of the correlation id that a problem page shows. They are enough to find the log
lines of the request. They are few enough to be read out on the phone."""


def operator(language: str) -> dict[str, str]:
    """Return who runs this site: the legal name, the address, the telephone number, and its hours. In a
    setting, the Chinese text stands first, and an English text can follow after a "|". A text is empty if the
    installation does not set it, as in a run on one machine without settings."""
    settings = {
        "name": product.setting("OPERATOR_NAME"),
        "address": product.setting("OPERATOR_ADDRESS"),
        "phone": product.setting("OPERATOR_PHONE"),
        "hours": product.setting("OPERATOR_HOURS"),
    }
    return {name: said.split("|")[0 if language == "zh" else -1].strip() for name, said in settings.items()}


class Form:
    """A posted form. `form[name]` is the last value of a field, or an empty string if there is none.
    `all(name)` returns every value of the field."""

    def __init__(self, pairs: Iterable[tuple[str, str]] = ()) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in pairs:
            self._values.setdefault(name, []).append(value)

    def __getitem__(self, name: str) -> str:
        return self._values.get(name, [""])[-1]

    @property
    def names(self) -> list[str]:
        """Return the name of each field, in the posted order."""
        return [*self._values]

    def all(self, name: str) -> list[str]:
        """Return every value of the field `name`, in the posted order."""
        return self._values.get(name, [])

    def pairs(self) -> Iterator[tuple[str, str]]:
        """Yield every (name, value) of the form, so that the form can be posted again."""
        return ((name, value) for name, values in self._values.items() for value in values)


def form(request: Any) -> Form:
    """Return the form posted in a request. Raise TooLarge if the form is too large. Raise AccessForbidden if
    a page of another site posted the form."""
    raw = inputs.form(request)
    if not _own(request):
        raise AccessForbidden
    sent_as = request.headers.get("content-type") or ""
    if sent_as.startswith("multipart/form-data"):
        return Form(_parts(sent_as, raw))
    try:
        said = raw.decode("utf-8", "replace")
        return Form(parse_qsl(said, keep_blank_values=True, max_num_fields=inputs.MOST_FIELDS))
    except ValueError:
        raise TooLarge from None


def page(
    request: Any,
    template: str,
    *,
    status: int = 200,
    cookies: Iterable[str] = (),
    language: str | None = None,
    policy: str = "",
    **context: Any,
) -> Response:
    """Return the page rendered from `template` with `context`. `language`: the language of the page; None for
    the caller's language. `policy`: an addition to the content security policy for this page, such as
    SCRIPT."""
    said_in = language or _language(request)
    body = rendered(said_in, template, root=root(), route=request.path, method=request.method, **context)
    return html(body, status, cookies=cookies, language=said_in, more=policy)


def rendered(language: str, template: str, **context: Any) -> str:
    """Return the HTML rendered from `template` with `context`. The HTML is marked as safe, so that another
    template can include it."""
    from markupsafe import Markup

    return Markup(_environment(language).get_template(template).render(**context))


def html(
    body: str,
    status: int = 200,
    *,
    cookies: Iterable[str] = (),
    language: str = "zh",
    style: str = "'self'",
    more: str = "",
) -> Response:
    """Return an HTML answer. Browsers may not store it, and may not show it in a frame. `style`: the allowed
    source of style sheets. `more`: additions to the content security policy."""
    # the policy allows the store, because the browser loads small pictures from it and posts files to it
    store = product.setting("STORE_ORIGIN")
    policy = (
        f"default-src 'none'; {more}style-src {style}; img-src 'self' data: {store}; "
        f"form-action 'self' {product.setting('AUTH_ORIGIN')} {store}"
    ).strip()
    headers: dict[str, Any] = {
        "Content-Type": HTML,
        "Content-Language": "zh-CN" if language == "zh" else language,
        "Cache-Control": "no-store",
        "Content-Security-Policy": f"{policy}; base-uri 'none'; frame-ancestors 'none'",
        "Referrer-Policy": "same-origin",
        "Vary": "Accept-Language, Cookie",
    }
    return Response(language_tags.with_language_tags(body, language), headers | _set(cookies), status)


def redirect(path: str, *, cookies: Iterable[str] = (), absolute: bool = False) -> Response:
    """Return a redirect (303), which the browser follows with GET. `path`: the path after `root()`. With
    `absolute`, `path` is a whole address. The browser does not tell the new page the current address, because
    an access token may be in the current address."""
    headers: dict[str, Any] = {
        "Location": path if absolute else root() + path,
        "Content-Type": HTML,
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
    }
    return Response("", headers | _set(cookies), 303)


def answered(view: Callable[..., Response]) -> Callable[..., Response]:
    """Decorate a view. The view gets the request, and an error of the view becomes a problem page.

    If the address has `?lang=`, the chosen language is stored in a cookie. A GET request is then redirected
    to the address without `lang`. A posted form is answered at once, and the answer sets the cookie."""

    @wraps(view)
    def shown_(**names: str) -> Response:
        request = served.get()
        query = dict(request.query_params or {})
        chosen = turned(request)
        kept = [cookie(LANGUAGE_COOKIE, query.pop("lang"), YEAR)] if chosen else []
        if chosen and request.method in ("GET", "HEAD"):
            return redirect(_path(request) + (f"?{urlencode(query)}" if query else ""), cookies=kept)
        try:
            answer = view(request, **names)
        except Exception as error:  # any error of a view becomes a problem page here
            answer = problem_page(request, error)
        if chosen:
            answer.headers["Set-Cookie"] = [*answer.headers.get("Set-Cookie", []), *kept]
        return answer

    return shown_


def problem_page(request: Any, error: Exception, typed: Iterable[str] = ()) -> Response:
    """Return the page that explains an error and what to do next, in the caller's language. `typed`: words of
    the posted form, which the page gives back."""
    said_in = _language(request)
    found = problem(said_in, error)
    if found.status >= 500:
        log.error("page failed", exc_info=error)
    return page(
        request,
        "problem.html",
        status=found.status,
        problem=found,
        heading=f"common.problem.{found.status if found.status in WORDS_OF_STATUS else 'other'}",
        language=said_in,
        asked_by=correlation()[:ASKED_BY],
        typed=typed,
    )


def observe(request: Any, get_response: Callable[[Any], Response]) -> Response:
    """Serve a request. Every request passes through this function. Our log lines carry the request id of
    Lambda, by which Lambda's own log lines about the request are found. Our log lines also carry the case
    number from the path."""
    served.set(request)
    problems.wait.set(problems.TRY_AGAIN_S)
    with carrying(correlation=request.lambda_context.aws_request_id):
        if number := read((request.uri_params or {}).get("ref", "")):
            carry(ref=number)
        return _observed(request, get_response)


def _observed(request: Any, get_response: Callable[[Any], Response]) -> Response:
    """Serve a request, add the common headers, and log its route. The path itself is not logged, since it can
    hold an access token."""
    start = time.perf_counter()
    try:
        inputs.check(request)
    except (Refusal, NotFound) as error:
        response = _refused(request, error)
    else:
        response = get_response(request)
    if isinstance(response.body, dict) and response.status_code >= 400 and "Code" in response.body:
        response = _own_words(request, response)
    if counted := COUNTED.get(response.status_code):
        product.meters.count(counted)
    if response.status_code in COME_AGAIN:
        response.headers["Retry-After"] = str(problems.wait.get())
    response.headers = {**NOTHING, **response.headers, **EVERYWHERE}
    if request.method == "HEAD":
        response.body = ""
    took = round((time.perf_counter() - start) * 1000, 1)
    about = {"method": request.method, "route": request.path, "status": response.status_code, "ms": took}
    log.info("request", extra=about)
    return response


def language(request: Any) -> str:
    """Return the caller's language: from `?lang=` in the address, else from the cookie, else from the
    browser's settings."""
    chosen = (request.query_params or {}).get("lang") or callers.cookies(request).get(LANGUAGE_COOKIE, "")
    return chosen if chosen in formats.LANGUAGES else problems.language(request)


def turned(request: Any) -> bool:
    """Return whether the address chooses a language with `?lang=`."""
    return (request.query_params or {}).get("lang") in formats.LANGUAGES


_language = language
"""The function `language`. The functions that have a parameter `language` call it by this name."""


def cookie(name: str, value: str, max_age: int | None = None) -> str:
    """Return the value of a `Set-Cookie` header. The browser sends the cookie only to this site, and hides it
    from scripts. `max_age`: in seconds; without it the cookie ends with the browser session."""
    return f"{name}={value}; Path=/; Secure; HttpOnly; SameSite=Lax" + (
        f"; Max-Age={max_age}" if max_age is not None else ""
    )


def root() -> str:
    """Return the part of PUBLIC_URL after the host. All our paths begin with this part. It is empty on a
    domain of our own."""
    return urlsplit(product.setting("PUBLIC_URL")).path.rstrip("/")


def static(request: Any, name: str) -> Response:
    """Return the static file `name`. Return a 404 answer if there is no such file. Browsers may keep the file
    for a year if `name` holds its hash, because a changed file has another name."""
    hashed = HASHED.fullmatch(name)
    real = f"{hashed[1]}.{hashed[3]}" if hashed else name
    file = _static(real)
    if file is None or file.suffix not in TYPES or (hashed and hashed[2] != digest(real)):
        return html("", 404)
    tag = f'"{digest(real)}"'
    headers: dict[str, Any] = {
        "Content-Type": TYPES[file.suffix],
        "ETag": tag,
        "Cache-Control": "public, max-age=31536000, immutable" if hashed else "no-cache",
    }
    unchanged = tag in (request.headers.get("if-none-match") or "")
    return Response("" if unchanged else file.read_text("utf-8"), headers, 304 if unchanged else 200)


@cache
def digest(name: str) -> str:
    """Return the first 12 hex digits of the SHA-256 of the static file `name`. They identify the version of
    the file. Raise LookupError if `make` has not built the file."""
    file = _static(name)
    if file is None:
        raise LookupError(f"{name} is missing: `make` builds it")
    return sha256(file.read_bytes()).hexdigest()[:12]


def say(language: str, path: str, **facts: Any) -> str:
    """Return a text of a page. `path`: the place of the text under `page` in `locale/`, such as
    `consumer.start.title`. `facts`: the values for the gaps in the text."""
    text = _text(language, path)
    return text.format(**facts) if facts else text


@cache
def _text(language: str, path: str) -> str:
    found: Any = formats.texts(language)["page"]
    for step in path.split("."):
        found = found[step]
    return str(found)


def _static(name: str) -> Path | None:
    """Return the path of the static file `name`. Return None if there is no such file, or if the name
    contains a folder."""
    if not re.fullmatch(r"[\w-]+\.\w+", name):
        return None
    return next((file for file in (STATIC / name, STATIC / "built" / name) if file.is_file()), None)


@cache
def _environment(language: str) -> Any:
    from jinja2 import PackageLoader, PrefixLoader
    from jinja2.loaders import ChoiceLoader, FileSystemLoader

    from chalicelib.web.pages.template_environment import Absent, TemplateEnvironment

    loader = ChoiceLoader(
        [
            FileSystemLoader(Path(__file__).parents[1] / "templates"),
            PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")}),
        ]
    )
    environment = TemplateEnvironment(
        loader=loader,
        undefined=Absent,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    said = (
        formats.label,
        formats.clause,
        formats.day,
        formats.month,
        formats.moment,
        formats.money,
        formats.late,
        formats.phone_hours,
    )
    environment.filters |= {way.__name__: partial(way, language) for way in said}
    environment.filters |= {
        "say": partial(say, language),
        "number": shown,
        "instant": instant,
        "stamp": stamp,
        "linked": _linked,
        "dialled": partial(_dialled, language),
        "date": lambda day: formats.date_called(language, date.fromisoformat(day)),
        "sentence": lambda text: text[:1].upper() + text[1:],
        "long": lambda text: len(text) > LONG,
        "beginning": lambda text: f"{text[:BEGINNING].rstrip()}…",
    }
    environment.globals |= {
        "language": language,
        "operator": partial(operator, language),
        "words": formats.texts(language)["page"]["form"],
        "asset": _asset,
        "choices": _choices,
    }
    return environment


def shows_files() -> str:
    """Return the additions to the content security policy for a page that plays recordings and shows
    documents. They come from the store, to which an address of this site leads."""
    store = product.setting("STORE_ORIGIN")
    return f"media-src 'self' {store}; frame-src 'self' {store}; "


def _linked(text: str) -> Any:
    """Return a text as HTML in which web addresses are links. Jinja's `urlize` is not used, because it misses
    an address after a Chinese colon."""
    from markupsafe import Markup, escape

    return Markup(ADDRESS.sub(r'<a class="govuk-link site-link" href="\g<0>">\g<0></a>', str(escape(text))))


def _dialled(language: str, text: str) -> Any:
    """Return a text as HTML in which telephone numbers are links that call them, with the country code. A
    number without a country code is called if it is a Chinese mobile number, or has an area code of China
    that stands apart. The service numbers of companies (400, 800) have no country code."""
    if not TELEPHONE.search(text):
        return text
    from markupsafe import Markup, escape

    return Markup(TELEPHONE.sub(partial(_call_link, language), str(escape(text))))


def _call_link(language: str, found: re.Match[str]) -> str:
    written, extends, extension = found[0].partition(";ext=")
    number = unicodedata.normalize("NFKC", written).replace("(0)", "")
    digits = re.sub(r"\D", "", number)
    national = digits.lstrip("0")
    if number[0] in "48":
        called = digits
    elif number.startswith(("+", "00")):
        called = "+" + re.sub("^860", "86", national)
    else:
        called = f"+86{national}"
    shown_as = formats.telephone(language, found[0])
    return f'<a class="govuk-link" href="tel:{called}{extends}{extension}">{shown_as}</a>'


def _choices(options: tuple[Option, ...], said: str) -> Any:
    """Return the HTML of the options of a select list, in their groups. `said`: the code of the option that
    is selected."""
    return _chosen(options, said if any(option.code == said for option in options) else "")


@lru_cache(KEPT_CHOICES)
def _chosen(options: tuple[Option, ...], chosen: str) -> Any:
    from markupsafe import Markup

    def those(under: str) -> Markup:
        one, words = Markup('<option value="{}"{}{}{}>{}</option>'), Markup(' data-words="{}"')
        inside = (
            one.format(
                option.code,
                Markup(" selected") if option.code == chosen else "",
                Markup(" disabled") if option.disabled else "",
                words.format(option.search) if option.search else "",
                option.label,
            )
            for option in options
            if option.under == under
        )
        return Markup("").join(inside)

    named = dict.fromkeys(option.under for option in options if option.under)
    groups = (Markup('<optgroup label="{}">{}</optgroup>').format(under, those(under)) for under in named)
    return Markup("").join(groups) if named else those("")


def _asset(name: str) -> str:
    stem, _, ending = name.rpartition(".")
    return f"{root()}/static/{stem}.{digest(name)}.{ending}"


def _set(cookies: Iterable[str]) -> dict[str, list[str]]:
    return {"Set-Cookie": list(cookies)} if cookies else {}


def _parts(sent_as: str, raw: bytes) -> Iterator[tuple[str, str]]:
    """Yield each part of a multipart form (RFC 7578) as (name, text); files are decoded as text too. Bytes
    that are not UTF-8 become U+FFFD. Raise TooLarge for too many parts."""
    boundary = BOUNDARY.search(sent_as)
    if boundary is None:
        return
    _, *parts = (b"\r\n" + raw).split(f"\r\n--{boundary[1]}".encode(), inputs.MOST_FILES + 1)
    if len(parts) > inputs.MOST_FILES:
        raise TooLarge
    for head, _, said in (part.partition(b"\r\n\r\n") for part in parts):
        if name := PART.search(head):
            yield name[1].decode("utf-8", "replace"), said.decode("utf-8", "replace")


def _own(request: Any) -> bool:
    """Return whether one of our own pages posted the form. The header `Sec-Fetch-Site` tells this. Older
    browsers send only the header `Origin`, or neither header. A form with neither header is accepted."""
    site = request.headers.get("sec-fetch-site")
    if site:
        return site in ("same-origin", "none")
    ours = urlsplit(product.setting("PUBLIC_URL"))
    return request.headers.get("origin") in (None, f"{ours.scheme}://{ours.netloc}")


def _path(request: Any) -> str:
    """Return the path of a request. It is built from the route, because the path in the event begins with the
    stage of API Gateway."""
    names: Mapping[str, str] = request.uri_params or {}
    return str(request.path.format(**{name: quote(value, safe="") for name, value in names.items()}))


def _own_words(request: Any, response: Response) -> Response:
    """Return our own answer in place of an error answer of Chalice, because the texts of Chalice are for
    developers.

    A path without a route ends at the catch-all route (infra/build.py), which allows no method. Such an error
    becomes NoSuchPath."""
    allowed = response.headers.get("Allow")
    known = {405: MethodNotAllowed() if allowed else NoSuchPath(), 415: WrongContentType()}
    answer = _refused(request, known.get(response.status_code, Exception(response.body["Code"])))
    if allowed:
        answer.headers["Allow"] = allowed
    return answer


def _refused(request: Any, error: Exception) -> Response:
    """Return the answer for an error. It is a problem document (JSON) if the path is for programs, and
    otherwise a page."""
    return document(error) if request.path.startswith(API) else problem_page(request, error)
