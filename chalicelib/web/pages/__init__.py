"""What every page shares: language, forms, cookies, redirects, static files, problem pages, and one log line
per request.

Text only: no binary type is registered with the API, so every body is a `str`. Jinja is imported when the
first page is rendered."""

import logging
import re
import time
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
from chalicelib.cases.casework import Conflict, Unavailable
from chalicelib.domain.calendar import day_end
from chalicelib.domain.model.case import Refusal
from chalicelib.domain.reference import read, shown
from chalicelib.locale import formats
from chalicelib.logs import carry, carrying, correlation
from chalicelib.web import callers, inputs, problems
from chalicelib.web.forms.form_context import Option
from chalicelib.web.pages import language_tags
from chalicelib.web.problems import (
    Forbidden,
    MethodNotAllowed,
    NoSuchPath,
    TooLarge,
    WrongContentType,
    document,
    problem,
    served,
)
from chalicelib.wiring import product

log = logging.getLogger("redress")
LANGUAGE_COOKIE, YEAR = "__Host-lang", 365 * 24 * 3600
STATIC = Path(__file__).parents[1] / "static"
"""Our own style sheets and script; those that `make` builds stand in `built` beneath."""
HTML = "text/html; charset=utf-8"
GET, FORM = ["GET", "HEAD"], ["application/x-www-form-urlencoded"]
"""How a page is asked for, and the type of what is posted to one."""
KEPT = (ValidationError, Refusal, Conflict, Unavailable)
"""What goes wrong with a form that can be mended or tried again: it comes back with everything that was
typed."""
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml; charset=utf-8",
}
KEPT_CHOICES = 50
"""How many lists of choices are kept as rendered, since a form with many rows shows the same one in each."""
BOUNDARY = re.compile(r'boundary="?([^";]+)')
PART = re.compile(rb'(?i)^\r\ncontent-disposition: *form-data[^\r\n]*; *name="([^"\r\n]*)"', re.MULTILINE)
HASHED = re.compile(r"([\w-]+)\.([0-9a-f]{12})\.(\w+)")
ADDRESS = re.compile(r"https?://[\w.:/-]+")
API = ("/v1", "/openapi.json")
"""Routes for programs: their errors are problem documents, not pages."""
WORDS_OF_STATUS = {404, 405, 413, 415, 429, 500, 503}
"""Statuses whose problem page has a heading of its own."""
COME_AGAIN = frozenset({429, 503})
"""Statuses that say when to come again."""
COUNTED = {500: "UnhandledError", 503: "Answered503"}
"""Statuses of answers that are counted in a metric for operations."""
EVERYWHERE = {
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    "X-Content-Type-Options": "nosniff",
}
"""Headers of every answer. For a year the browser uses TLS only (RFC 6797); no page may use a feature for
which browsers ask permission; and no browser guesses a media type."""
NOTHING = {"Content-Security-Policy": "default-src 'none'; base-uri 'none'; frame-ancestors 'none'"}
"""Headers of every answer that is not a page: if a browser shows it, it loads nothing and stands in no
frame."""
SCRIPT = "script-src 'self'; "
"""What a page may do beside others that runs a script of ours."""
LONG = 150
"""More characters of somebody's words than these are folded where they are not what a page is about."""
BEGINNING = 40
"""How many characters of long words stand for them."""
ASKED_BY = 8
"""How many characters of the correlation id a page shows: enough to find the log lines, and few enough to
read out on the phone."""


class Form:
    """A posted form: `[name]` is the last value given, "" when there is none; `all(name)` is every value."""

    def __init__(self, pairs: Iterable[tuple[str, str]] = ()) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in pairs:
            self._values.setdefault(name, []).append(value)

    def __getitem__(self, name: str) -> str:
        return self._values.get(name, [""])[-1]

    def all(self, name: str) -> list[str]:
        """Every value of a name, in order."""
        return self._values.get(name, [])

    def pairs(self) -> Iterator[tuple[str, str]]:
        """Every value with its name, as it can be posted again."""
        return ((name, value) for name, values in self._values.items() for value in values)


def form(request: Any) -> Form:
    """What was posted. Raises TooLarge, and Forbidden when the form stood on somebody else's page."""
    raw = inputs.form(request)
    if not _own(request):
        raise Forbidden
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
    """A page in the caller's language, unless another is asked for; `policy` is what it may load beside style
    sheets and pictures."""
    said_in = language or _language(request)
    body = rendered(said_in, template, root=root(), route=request.path, method=request.method, **context)
    return html(body, status, cookies=cookies, language=said_in, more=policy)


def rendered(language: str, template: str, **context: Any) -> str:
    """A page, or a part of one for another template to show, as safe text."""
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
    """A page that nobody keeps or frames, and that loads nothing but what is said here and in `more`."""
    # small pictures come from the store, and files are posted to it
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
    return Response(language_tags.marked(body, language), headers | _set(cookies), status)


def redirect(path: str, *, cookies: Iterable[str] = (), absolute: bool = False) -> Response:
    """Go there next, with a GET. The address that was left is not passed on."""
    headers: dict[str, Any] = {
        "Location": path if absolute else root() + path,
        "Content-Type": HTML,
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
    }
    return Response("", headers | _set(cookies), 303)


def answered(view: Callable[..., Response]) -> Callable[..., Response]:
    """Hand the view its request, turn what it raises into a page, and a `?lang=` into the cookie that keeps
    it: of a link by leading on, of a form that was posted with the answer."""

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
        except Exception as error:  # the one place where a page's errors become pages
            answer = problem_page(request, error)
        if chosen:
            answer.headers["Set-Cookie"] = [*answer.headers.get("Set-Cookie", []), *kept]
        return answer

    return shown_


def problem_page(request: Any, error: Exception) -> Response:
    """What went wrong and what can be done now, in the caller's language."""
    said_in = _language(request)
    found = problem(said_in, error)
    if found.status >= 500:
        log.error("page failed", exc_info=error)
    return page(
        request,
        "problem.html",
        status=found.status,
        problem=found,
        heading=_heading(found.status),
        language=said_in,
        asked_by=correlation()[:ASKED_BY],
    )


def observe(request: Any, get_response: Callable[[Any], Response]) -> Response:
    """Serve a request; all that it logs carries Lambda's id, as Lambda's own lines do, and the number."""
    served.set(request)
    problems.wait.set(problems.TRY_AGAIN_S)
    with carrying(correlation=request.lambda_context.aws_request_id):
        if number := read((request.uri_params or {}).get("ref", "")):
            carry(ref=number)
        return _observed(request, get_response)


def _observed(request: Any, get_response: Callable[[Any], Response]) -> Response:
    """Serve a request and log its route, never its path, since paths hold access tokens."""
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
    """The language a caller reads: as asked for in the address, which only a page without a view has to look
    at, as chosen on a page before, else as their browser prefers."""
    chosen = (request.query_params or {}).get("lang") or callers.cookies(request).get(LANGUAGE_COOKIE, "")
    return chosen if chosen in formats.LANGUAGES else problems.language(request)


def turned(request: Any) -> bool:
    """Whether a page, or a form with what is typed in it so far, is asked for in another language."""
    return (request.query_params or {}).get("lang") in formats.LANGUAGES


_language = language
"""The same, where a parameter has the name."""


def cookies(request: Any) -> dict[str, str]:
    """The cookies of a request."""
    return callers.cookies(request)


def cookie(name: str, value: str, max_age: int | None = None) -> str:
    """A cookie for this site only, out of reach of scripts; without an age it ends with the browser."""
    return f"{name}={value}; Path=/; Secure; HttpOnly; SameSite=Lax" + (
        f"; Max-Age={max_age}" if max_age is not None else ""
    )


def root() -> str:
    """What stands in front of every path: the path of our public address, which is empty on a domain of our
    own."""
    return urlsplit(product.setting("PUBLIC_URL")).path.rstrip("/")


def static(request: Any, name: str) -> Response:
    """A style sheet or script; under its hashed name it may be kept for a year."""
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
    """What tells one version of a static file from another. Raises LookupError for a file that was not
    built."""
    file = _static(name)
    if file is None:
        raise LookupError(f"{name} is missing: `make` builds it")
    return sha256(file.read_bytes()).hexdigest()[:12]


def say(language: str, path: str, **facts: Any) -> str:
    """A sentence of a page by its place in `locale/`, such as `consumer.start.title`, its slots filled."""
    found: Any = formats.texts(language)["page"]
    for step in path.split("."):
        found = found[step]
    return str(found).format(**facts) if facts else str(found)


def _static(name: str) -> Path | None:
    """The file of a name that holds no path."""
    if not re.fullmatch(r"[\w-]+\.\w+", name):
        return None
    return next((file for file in (STATIC / name, STATIC / "built" / name) if file.is_file()), None)


@cache
def _environment(language: str) -> Any:
    from jinja2 import Environment, PackageLoader, PrefixLoader, Undefined, UndefinedError
    from jinja2.loaders import ChoiceLoader, FileSystemLoader

    class Absent(Undefined):
        """What a template asks for and is not there: empty, as a parameter left out is; but a thing of ours
        without the attribute asked for is a mistake, which would leave a part of the page out unseen."""

        def __init__(self, *given: Any, **named: Any) -> None:
            super().__init__(*given, **named)
            if type(self._undefined_obj).__module__.startswith("chalicelib."):
                raise UndefinedError(self._undefined_message)

    loader = ChoiceLoader(
        [
            FileSystemLoader(Path(__file__).parents[1] / "templates"),
            PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")}),
        ]
    )
    environment = Environment(
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
    )
    environment.filters |= {way.__name__: partial(way, language) for way in said}
    environment.filters |= {
        "number": shown,
        "linked": _linked,
        "ends": lambda day: day_end(date.fromisoformat(day)),
        "sentence": lambda text: text[:1].upper() + text[1:],
        "long": lambda text: len(text) > LONG,
        "beginning": lambda text: f"{text[:BEGINNING].rstrip()}…",
    }
    environment.globals |= {
        "language": language,
        "say": partial(say, language),
        "words": formats.texts(language)["page"]["form"],
        "asset": _asset,
        "choices": _choices,
    }
    return environment


def _linked(text: str) -> Any:
    """Somebody's text, escaped, its addresses made links; `urlize` finds none behind a Chinese colon."""
    from markupsafe import Markup, escape

    return Markup(ADDRESS.sub(r'<a class="govuk-link site-link" href="\g<0>">\g<0></a>', str(escape(text))))


def _choices(options: tuple[Option, ...], said: str) -> Any:
    """The choices of a list, under what they belong to, and which of them was said."""
    return _chosen(options, said if any(option.code == said for option in options) else "")


@lru_cache(KEPT_CHOICES)
def _chosen(options: tuple[Option, ...], chosen: str) -> Any:
    from markupsafe import Markup

    def those(under: str) -> Markup:
        one, words = Markup('<option value="{}"{}{}>{}</option>'), Markup(' data-words="{}"')
        inside = (
            one.format(
                option.code,
                Markup(" selected") if option.code == chosen else "",
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
    """The fields of a form that can hold files (RFC 7578); of a file its text. Bytes that are no UTF-8 become
    U+FFFD. Raises TooLarge for too many of them."""
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
    """Whether a form stood on a page of ours, as the browser tells; older ones tell only where it stood, or
    nothing."""
    site = request.headers.get("sec-fetch-site")
    if site:
        return site in ("same-origin", "none")
    ours = urlsplit(product.setting("PUBLIC_URL"))
    return request.headers.get("origin") in (None, f"{ours.scheme}://{ours.netloc}")


def _path(request: Any) -> str:
    """The path of a request, made from its route: what the event calls path has a stage in front."""
    names: Mapping[str, str] = request.uri_params or {}
    return str(request.path.format(**{name: quote(value, safe="") for name, value in names.items()}))


def _own_words(request: Any, response: Response) -> Response:
    """Chalice's own errors, whose texts are not for people, turned into ours. A path of the interface that
    has no route comes by its catch-all (infra/build.py), which has no methods."""
    allowed = response.headers.get("Allow")
    known = {405: MethodNotAllowed() if allowed else NoSuchPath(), 415: WrongContentType()}
    answer = _refused(request, known.get(response.status_code, Exception(response.body["Code"])))
    if allowed:
        answer.headers["Allow"] = allowed
    return answer


def _refused(request: Any, error: Exception) -> Response:
    """What is answered instead of a view: a problem document to programs, else a page."""
    return document(error) if request.path.startswith(API) else problem_page(request, error)


def _heading(status: int) -> str:
    return f"common.problem.{status if status in WORDS_OF_STATUS else 'other'}"
