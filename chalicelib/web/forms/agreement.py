"""Options in the forms of mediation and agreements: mediators, meetings, parties that an agreement binds,
signers, scans of signed papers."""

from collections.abc import Collection, Iterator

from chalicelib.domain.model.case_records import BUSINESS
from chalicelib.domain.moves.mediation import unsuitable
from chalicelib.locale.formats import day, label, moment, texts
from chalicelib.web.forms import obligations as owed
from chalicelib.web.forms.form_context import Asking, Option


def mediators(ask: Asking) -> Iterator[Option]:
    """Yield every mediator in the register as an option. Mediators who can be appointed to this case come
    first. The label of any other mediator says why they cannot be appointed."""
    found: list[tuple[str, Option]] = []
    for id, mediator in ask.roster.mediators.entries.items():
        ground = unsuitable(ask.case, ask.roster, id, ask.seen.today)
        why = str(texts(ask.language)["page"]["form"]["unfit"][ground]) if ground else ""
        said = " · ".join(filter(None, (mediator.name, mediator.body, why)))
        found.append((why, Option(id, said, under=ask.text("not_fit" if why else "fit"))))
    yield from (option for why, option in sorted(found, key=lambda one: bool(one[0])))


def meetings(ask: Asking, only: Collection[str] | None) -> Iterator[Option]:
    """Yield mediation meetings as options. `only`: the ids of the meetings; None for the meetings that are
    still to be held."""
    mediation = ask.case.talks.mediation
    for meeting in mediation.meetings if mediation else ():
        if meeting.upcoming if only is None else meeting.id in only:
            yield Option(
                meeting.id,
                ask.text(
                    "meeting",
                    id=meeting.id,
                    at=moment(ask.language, meeting.at, end=False),
                    way=label(ask.language, meeting.way, "meeting_way"),
                ),
            )


def bindable_parties(ask: Asking) -> Iterator[Option]:
    """Return the parties that an agreement can bind, as options: the trader and every complainant."""
    return (Option(id, ask.bound(id)) for id in (BUSINESS, *(party.id for party in ask.case.consumers)))


def signers(ask: Asking) -> Iterator[Option]:
    """Return the people and companies who have not yet signed the agreement, as options."""
    return (
        Option(id, ask.bound(id))
        for id in (ask.case.talks.agreement.missing if ask.case.talks.agreement else ())
    )


def scans(ask: Asking) -> Iterator[Option]:
    """Yield, as options, the evidence files that can be the scan of a signed paper. The newest file comes
    first."""
    for piece in reversed(ask.case.evidence):
        if owed.newer(ask, piece):
            at = day(ask.language, piece.at, end=False)
            yield Option.of(piece.id, piece.id, at, ask.seen.words(piece.entry))
