"""Forms of a party about a complaint that is passed on."""

from chalicelib.web.pages.consumer.own_view import View


def form_subject(view: View, move: str, picked: str) -> dict[str, str]:
    """Return the forward that the form of the move is about, as {parameter: id}. It is the forward `picked`
    in the link to the form, or else the newest one. Return an empty mapping if the move concerns no
    forward."""
    name, ids = view.naming(move, "forward"), view.offers.get(move, ())
    return {name: picked if picked in ids else ids[-1]} if name and ids else {}
