"""The view of what a partner system reads with the consent of the person whose complaint it filed: the story,
our decisions and answer with their reasons, and our promises."""

from collections.abc import Mapping
from typing import NamedTuple

from chalicelib.domain.model.codes import Ground, Route
from chalicelib.domain.model.obligation import Obligation
from chalicelib.domain.moves.intake import accept, decline, submit
from chalicelib.view.answer import AnswerView, answer_view
from chalicelib.view.party import Partner, PartyReader
from chalicelib.view.review import decided
from chalicelib.view.timeline import party_entry


class DeclinedMatter(NamedTuple):
    """A matter that was declined. `n`: its number. `ground`: its ground, as a code. `reason`: the reason in
    words; None if it was erased. `instead`: where to complain about it instead; None if nothing was said."""

    n: int
    ground: Ground
    reason: str | None
    instead: str | None


class SharedView(NamedTuple):
    """The words that a partner system reads with the consent of its person. `story`: the account as it was
    filed, by field; None if it was erased, or if this case was split off. `declined`: the matters that were
    declined when the complaint was last accepted or declined. `routes`: the other bodies that were named
    then. `answer`: our answer; None before it was given. `reconsidered`: the reasons of the last decision of
    a reconsideration. Its key is the number of the matter."""

    story: Mapping[str, str] | None
    declined: tuple[DeclinedMatter, ...]
    routes: tuple[Route, ...]
    answer: AnswerView | None
    reconsidered: Mapping[str, str]


def shared_view(partner: Partner) -> SharedView | None:
    """Return what a partner system reads with the consent of its person; None without it."""
    if (reader := partner.shared) is None:
        return None
    decisions = reader.dossier.numbers(accept, decline, granted=True)
    reader.dossier.prefetch([1, *decisions[-1:]])
    said = party_entry(reader, decisions[-1], untruncated=True) if decisions else None
    words, facts = (said.words, said.facts) if said else ({}, {})
    last = decided(reader)
    return SharedView(
        reader.words(1, submit).get("account"),
        tuple(
            DeclinedMatter(
                int(n),
                Ground(ground),
                (words.get("reasons") or {}).get(n),
                (words.get("instead") or {}).get(n),
            )
            for n, ground in (facts.get("declined") or facts.get("grounds") or {}).items()
        ),
        tuple(Route(route) for route in facts.get("routes") or ()),
        answer_view(reader),
        last.reasons if last else {},
    )


def promised(reader: PartyReader) -> list[Obligation]:
    """Return the obligations that a partner system reads with the consent of its person. Those of an
    agreement are left out, because its text is between the two sides."""
    agreed = {owed.id for owed in reader.case.obligations if owed.term}
    return [owed for owed in reader.visible_obligations() if not agreed & {owed.id, owed.of}]
