"""The page on which people confirm their e-mail address or telephone number. Only a message sent to that
address contains its link."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from chalice import Blueprint, Response

from chalicelib.access.authorization import CLOCK, NotFound
from chalicelib.domain.model.case import Case, Party
from chalicelib.domain.model.codes import Way
from chalicelib.domain.moves.parties import ADDRESSES, confirm_address
from chalicelib.web import callers, inputs, pages
from chalicelib.wiring import product

routes = Blueprint(__name__)


@routes.route("/address/{ref}/{token}", methods=pages.GET)
@pages.answered
def ask(request: Any, ref: str, token: str) -> Response:
    """Ask whether the address is the reader's. Opening the page confirms nothing, because mail programs open
    links too."""
    case, party, asked = _whose(ref, token)
    return pages.page(
        request, "address.html", case=case, asked=asked, token=token, language=_language(request, party)
    )


@routes.route("/address/{ref}/{token}", methods=["POST"], content_types=pages.FORM)
@pages.answered
def confirm(request: Any, ref: str, token: str) -> Response:
    """Confirm that the address is the reader's. The move is recorded as taken by the clock. Parties may not
    take it themselves, because another person could hold their access link."""
    pages.form(request)
    case, party, asked = _whose(ref, token)
    if not asked.done:  # fails if the case has changed since, because the address may have changed too
        said = {"party": party.id, "new": asked.new}
        product.casework.move(confirm_address.__name__, case.ref, CLOCK, said, None, case.entries)
    return pages.redirect(f"/address/{ref}/{token}")


class AddressConfirmation(NamedTuple):
    """The address that a confirmation link is about. `way`: e-mail or short message. `new`: whether it is a
    new address that waits for confirmation. `done`: whether it is confirmed already."""

    way: Way
    new: bool
    done: bool


def _whose(ref: str, token: str) -> tuple[Case, Party, AddressConfirmation]:
    """Return the case, the party to whose address the link was sent, and that address. Raises NotFound for a
    wrong link, or if the party has another address now."""
    number, id = inputs.number(ref), product.links.party(token)
    dossier = product.file.whole(number)
    for party in dossier.case.parties:
        if party.id == id and not party.left:
            for address, asked in _addresses(party, dossier.people.get(id) or {}):
                if product.links.proves(token, number, id, address):
                    return dossier.case, party, asked
    raise NotFound(ref)


def _addresses(party: Party, person: Mapping[str, Any]) -> Iterator[tuple[str, AddressConfirmation]]:
    """Yield (address, its `AddressConfirmation`) for each address of a party that a link can confirm, the new
    address first. `person`: the party's names and addresses."""
    waits = party.pending and (person.get("pending") or {}).get(ADDRESSES[party.pending.way])
    if party.pending and waits:
        yield waits, AddressConfirmation(party.pending.way, new=True, done=False)
    if email := person.get("email"):
        yield email, AddressConfirmation(Way.EMAIL, new=False, done=party.confirmed)
    if (phone := person.get("phone")) and party.phone_confirmed:
        yield phone, AddressConfirmation(Way.SMS, new=False, done=True)


def _language(request: Any, party: Party) -> str:
    """Return the language that was chosen on this device. If none was chosen, return the language of the
    party's letters."""
    return pages.language(request) if pages.LANGUAGE_COOKIE in callers.cookies(request) else party.language
