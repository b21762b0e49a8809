"""Checks for everybody whether a document or a letter is ours, on a page and in the interface. A document is
checked by its digest or by uploading it, a letter by number and digest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalice import Blueprint, Response
from pydantic import BaseModel, Field

from chalicelib.access.rate_limits import TooMany
from chalicelib.documents.authenticity import LARGEST, Verification
from chalicelib.evidence.confined import MEGABYTE
from chalicelib.web import callers, inputs, pages
from chalicelib.web.api.values import stamped
from chalicelib.web.problems import Created, answers, problem, sentence
from chalicelib.web.request_models import STRICT
from chalicelib.wiring import product

if TYPE_CHECKING:
    from chalicelib.web.api.answers import UploadForm, VerifiedDocument, VerifiedLetter, VerifyUpload

routes = Blueprint(__name__)


COMMANDS = (
    "pdfsig -dump agreement.pdf",
    "openssl pkcs7 -inform DER -in agreement.pdf.sig0 -print_certs | openssl x509 -noout -pubkey"
    " | openssl pkey -pubin -outform DER | openssl sha256",
)
"""Commands that the page shows. They print the fingerprint of the key that sealed a file, so that anybody can
compare it with the fingerprint of our key. README gives the same commands."""


class Digest(BaseModel):
    """The digest to check: sha256 as 64 hex digits. Without `number`, it is the digest of a document. With
    `number`, it is the digest of a letter about that complaint."""

    model_config = STRICT
    sha256: str = Field(min_length=64, max_length=200)
    number: str | None = Field(None, max_length=100)


@routes.route("/v1/verify", methods=["POST"], content_types=inputs.JSON)
@answers
def by_digest() -> VerifiedDocument | VerifiedLetter:
    """Check a document or a letter by its digest. The verdict is authentic or unknown. For an authentic
    agreement, the answer says which one it is, since when it is in force, and how many people signed it. With
    `number`, a letter about that complaint is checked. For an authentic letter, the answer says which letter
    it is and when it was sent."""
    said = Digest.model_validate_json(inputs.body(routes.current_request) or b"{}")
    _count(routes.current_request)
    return _told(_found(said.sha256, said.number))


@routes.route("/v1/verify/uploads", methods=["POST"])
@answers
def upload() -> Created[VerifyUpload]:
    """Get a form to upload a document with. Post its `fields` and then the file, as multipart/form-data, to
    its `url`. Then get the verdict by its `id`."""
    product.ceilings.take("upload", network=callers.network(routes.current_request))
    id, form = product.authenticity.form()
    fields: UploadForm = {"url": form.url, "fields": {**form.fields}, "largest": LARGEST}
    return Created({"id": id, "upload": fields}, Location=f"/v1/verify/uploads/{id}")


@routes.route("/v1/verify/uploads/{id}", methods=["GET"])
@answers
def uploaded(id: str) -> VerifiedDocument | VerifiedLetter:
    """Get the verdict on an uploaded document: authentic, altered, or unknown. `id`: the id of the upload."""
    _count(routes.current_request)
    return _told(product.authenticity.of_upload(id))


@routes.route("/verify", methods=pages.GET)
@pages.answered
def ask(request: Any) -> Response:
    """Show the forms for checking a document, a digest or a letter."""
    return _page(request)


@routes.route("/verify", methods=["POST"], content_types=pages.FORM)
@pages.answered
def show_verdict(request: Any) -> Response:
    """Show the verdict on a document by its digest, or on a letter by number and digest."""
    form = pages.form(request)
    of_letter = bool(form.all("number"))
    try:
        _count(request)
        found = _found(form["sha256"], form["number"] if of_letter else None)
    except pages.KEPT as error:
        return _page(request, "letter" if of_letter else "document", form, error)
    return pages.page(request, "verify_found.html", found=found, of_letter=of_letter)


@routes.route("/verify/{id}", methods=pages.GET)
@pages.answered
def sent(request: Any, id: str) -> Response:
    """Show the verdict on the uploaded document `id`. After an upload, the file store sends the browser to
    this page."""
    try:
        _count(request)
        found = product.authenticity.of_upload(id)
    except pages.KEPT as error:
        return _page(request, "file", error=error)
    return pages.page(request, "verify_found.html", found=found, of_letter=False)


def _count(request: Any) -> None:
    """Count a check under the network of the caller. Raises TooMany beyond the limit."""
    product.ceilings.take("verify", network=callers.network(request))


def _found(sha256: str, number: str | None) -> Verification:
    kept = product.authenticity
    return kept.of_digest(sha256) if number is None else kept.of_letter(number, sha256)


def _page(
    request: Any, by: str = "", said: pages.Form | None = None, error: Exception | None = None
) -> Response:
    """Return the page with the forms. `by`: which form was posted, or "". `said`: the posted values. `error`:
    what was wrong with the posted values.

    Beyond the limit of uploads, the page has no upload form. The page then says when a file can be sent
    again. Digests can still be checked."""
    language, form, later = pages.language(request), None, ""
    wrong = problem(language, error) if error else None
    try:
        product.ceilings.take("upload", network=callers.network(request))
        _, form = product.authenticity.form(product.setting("PUBLIC_URL") + "/verify")
    except TooMany as many:
        later = sentence(language, many)
    return pages.page(
        request,
        "verify.html",
        status=wrong.status if wrong else 200,
        by=by,
        said=said or pages.Form(),
        wrong=wrong,
        form=form,
        later=later,
        fingerprints=product.authenticity.fingerprints(),
        commands=COMMANDS,
        most=LARGEST // MEGABYTE,
    )


def _told(found: Verification) -> VerifiedDocument | VerifiedLetter:
    """Return the result of a check as an answer of the interface."""
    if found.letter:
        return {
            "verdict": found.verdict,
            "sha256": found.sha256,
            "number": found.number,
            "letter": found.letter,
            "sent": stamped(found.sent),
        }
    return {
        "verdict": found.verdict,
        "sha256": found.sha256,
        "agreement": found.number,
        "in_force": stamped(found.in_force),
        "sealed": stamped(found.sealed),
        "signatures": found.signed,
    }
