"""The information that a party gave us, for their own pages."""

from collections.abc import Iterator

from chalicelib.locale.formats import label, listed, money, telephone
from chalicelib.web import filing
from chalicelib.web.pages.consumer.own_view import View


def own(view: View) -> Iterator[tuple[str, str]]:
    """Yield (label, text) for each piece of information that this party gave us. The words of the complaint
    are only given to the person who filed it."""
    case, language, person = view.case, view.language, view.dossier.people.get(view.party.id, {})
    for name in ("name", "phone", "email", "address", "on_behalf_of"):
        if person.get(name):
            said = telephone(language, person[name]) if name == "phone" else person[name]
            yield label(language, name, "label"), said
    if not view.first:
        return
    words = view.complaint
    for name, text in words.get("account", {}).items():
        yield label(language, name, "label"), text
    for pointer, text in words.get("unread", {}).items():
        if text:
            yield filing.part_label(language, pointer), text
    for name in ("happened_on", "happened_until"):
        if day := getattr(case.intake, name):
            yield label(language, name, "label"), day.isoformat()
    if case.intake.region:
        yield label(language, "region", "label"), label(language, case.intake.region, "region")
    yield from wishes(view)
    for name in ("filed_as", "hurt", "asked_business"):
        yield label(language, name, "label"), label(language, getattr(case.intake, name), name)
    yield (
        label(language, "consents", "label"),
        "\n".join(label(language, name, "label") for name in case.intake.consents),
    )


def wishes(view: View) -> Iterator[tuple[str, str]]:
    """Yield (label, text) for the remedies that the complainant wants, and for the amount of money."""
    case, language = view.case, view.language
    yield label(language, "wishes", "label"), listed(language, case.intake.wishes, "wish")
    if case.intake.wish_amount is not None:
        yield label(language, "wish_amount", "label"), money(language, case.intake.wish_amount)
