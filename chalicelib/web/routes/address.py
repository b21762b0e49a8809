"""The page on which the owner of a mailbox confirms that it is theirs: only a letter that was sent there
leads to it."""

from typing import Any

from chalice import Blueprint, Response

from chalicelib.access import CLOCK, NotFound
from chalicelib.domain.model.case import Case, Party
from chalicelib.domain.moves.parties import confirm_address
from chalicelib.web import inputs, pages
from chalicelib.wiring import product

routes = Blueprint(__name__)


@routes.route("/address/{ref}/{token}", methods=pages.GET)
@pages.answered
def ask(request: Any, ref: str, token: str) -> Response:
    """Whether this mailbox is the reader's: looking changes nothing, since mail programs follow links too."""
    case, party = _whose(ref, token)
    return pages.page(
        request, "address.html", case=case, party=party, token=token, language=_language(request, party)
    )


@routes.route("/address/{ref}/{token}", methods=["POST"], content_types=pages.FORM)
@pages.answered
def confirm(request: Any, ref: str, token: str) -> Response:
    """Confirm that this mailbox is the reader's. The move is the clock's, so that an access link alone, which
    others may hold, confirms nothing."""
    pages.form(request)
    case, party = _whose(ref, token)
    if not party.confirmed:  # with `seen` only the address that is on the case now is confirmed
        said = {"party": party.id}
        product.casework.move(confirm_address.__name__, case.ref, CLOCK, said, None, case.entries)
    return pages.redirect(f"/address/{ref}/{token}")


def _whose(ref: str, token: str) -> tuple[Case, Party]:
    """The case and the person to whose present address this was sent; raises NotFound."""
    number, id = inputs.number(ref), product.links.party(token)
    dossier = product.file.whole(number)
    for party in dossier.case.parties:
        email = (dossier.people.get(id) or {}).get("email")
        if party.id == id and not party.left and email and product.links.proves(token, number, id, email):
            return dossier.case, party
    raise NotFound(ref)


def _language(request: Any, party: Party) -> str:
    """As somebody has chosen on this device, else the language of their letters."""
    return pages.language(request) if pages.LANGUAGE_COOKIE in pages.cookies(request) else party.language
