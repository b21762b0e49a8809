"""The timeline of a complaint as a party reads it: who did what and when, with the words.

A party sees an entry only if the declaration of its move says in `shows` what parties see. All other entries
are for staff."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import NamedTuple

from chalicelib.domain.calendar import day_end, instant
from chalicelib.domain.engine.declare import MOVES, Take
from chalicelib.domain.model.codes import Role
from chalicelib.domain.moves.investigation import cancel_interview
from chalicelib.domain.moves.ladder_steps import take_step
from chalicelib.domain.moves.reconsideration import ask_reconsideration
from chalicelib.domain.reference import shown as spaced
from chalicelib.locale.formats import label, listed, moment, moment_of, money, texts
from chalicelib.view.party import Facts, shows
from chalicelib.view.timeline import VisibleEntry, party_entry
from chalicelib.web.forms.shapes import section, shape
from chalicelib.web.pages import say
from chalicelib.web.pages.consumer import (
    agreement as case_agreement,
    mediation as case_mediation,
    obligations as case_owed,
)
from chalicelib.web.pages.consumer.own_view import View
from chalicelib.web.pages.paging import LIMIT


class HistoryEntry(NamedTuple):
    """An entry of the timeline as a party's page shows it. `n`: the number of the entry. `what`: the title.
    `who`: the role of the person who made the entry, or "you". `mine`: this party made the entry. `said`:
    pairs of a sentence of ours and a person's own words; one of the two can be empty. `cut`: long words are
    shortened."""

    n: int
    move: str
    at: datetime
    what: str
    who: str
    mine: bool
    said: list[tuple[str, str]]
    cut: bool


def timeline(
    view: View, before: int | None = None, untruncated: int = 0
) -> tuple[list[HistoryEntry], int | None]:
    """Return a page of the entries that the party may see, newest first. Also return the number before which
    the next page starts; None after the last page.

    `before`: the page has entries with lower numbers than this; None for the newest. `untruncated`: the
    number of the entry whose long words are not shortened."""

    def shown(n: int) -> HistoryEntry | None:
        one = party_entry(view, n, n == untruncated)
        return _line(view, one) if one else None

    return view.dossier.page(shown, LIMIT, before) if view.authorised else ([], None)


def last(view: View, move: Take) -> HistoryEntry | None:
    """Return the last entry by the move `move` that the party may see, with all words of the entry. Return
    None if there is none. A move that a second person had to approve counts too."""
    numbers = reversed(view.dossier.numbers(move, granted=True))
    one = next((one for n in numbers if (one := party_entry(view, n, untruncated=True))), None)
    return _line(view, one) if one else None


def _line(view: View, one: VisibleEntry) -> HistoryEntry:
    n, move, line, facts, words, cut = one
    language, mine = view.language, view.mine(move, line, facts)
    unnamed = "you" if mine else "system" if line["role"] == "clock" else ""
    who = say(language, f"consumer.case.{unnamed}") if unnamed else label(language, line["role"], "role")
    party = bool(Role[line["role"].upper()] & Role.PARTY)
    said = [(sentence, "") for sentence in _sentences(view, move, line, facts)]
    said += _by_matter(language, facts, words.get("reasons") or {})
    if party or not shows(move).written:
        said += [("", words[name]) for name in shows(move).words if name in words and name != "reasons"]
    return HistoryEntry(
        n,
        move,
        instant(line["at"]),
        _called(view, move, party, facts),
        who,
        mine,
        said,
        cut and any(own_words for _, own_words in said),
    )


def _called(view: View, move: str, party: bool, facts: Facts) -> str:
    """Return the title of an entry. `party`: the entry was made by a party. `facts`: the facts of the entry.

    The text that the page has for the entries of this move comes first, with the role, the colleague, the
    team or the moment in it. The name under which the move was offered to the party comes next. The label of
    the move comes last."""
    page, to = texts(view.language)["page"]["consumer"], facts.get("to") or ""
    owner, team = view.roster.member(to), view.roster.teams.get(to)
    named = owner.name if owner else team.label[view.language] if team else ""
    role = label(view.language, facts["role"], "role") if "role" in facts else ""
    since = moment_of(view.language, facts["moment"]) if "moment" in facts else ""
    offered, own = page["move"].get(move, {}).get("name") if party else None, page["entry"].get(move)
    if own and (named or "{owner}" not in own):
        return str(own.format(role=role, owner=named, since=since))
    return offered or label(view.language, move, "move")


def _by_matter(language: str, facts: Facts, reasons: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield (our sentence, reason) for each matter that an entry decides or asks about. `facts`: the facts of
    the entry. `reasons`: the reason for each matter, by the number of the matter."""
    codes = facts.get("declined") or facts.get("grounds") or facts.get("results") or {}
    listed = "result" if facts.get("results") else "decline_ground"
    for n in codes or reasons:
        said = [
            say(language, "consumer.case.matter", n=n),
            *([label(language, codes[n], listed)] if codes else []),
        ]
        yield ("：" if language == "zh" else ": ").join(said), reasons.get(n, "")


def _sentences(view: View, move: str, line: Facts, facts: Facts) -> Iterator[str]:
    """Yield sentences for the page that state the `facts` of an entry. `line`: the entry as it is stored."""
    language = view.language
    if move == take_step.__name__:
        yield say(
            language, "consumer.case.escalated_says", deadline=label(language, facts["deadline"], "deadline")
        )
    if "items" in facts:
        yield say(language, "consumer.case.asked", items=listed(language, facts["items"], "missing_item"))
    if "how" in facts:
        yield say(
            language,
            "consumer.case.meeting",
            at=moment_of(language, facts["meeting"]),
            how=label(language, facts["how"], "talk"),
        )
    if move == cancel_interview.__name__:
        yield say(language, "consumer.case.meeting_cancelled", at=moment_of(language, facts["meeting"]))
    if shows(move).facts is not None:
        yield from _of_talks(language, line, facts)
        yield from case_mediation.sentences(language, facts)
        yield from case_agreement.sentences(view, facts)
    code = _code(language, move, facts)
    if code and "obligation" not in facts:
        yield code
    if move == ask_reconsideration.__name__ and "own" in facts:
        yield say(language, "consumer.case.ask_reconsideration.own", number=spaced(facts["own"]))
    if view.duty(facts):
        yield from case_owed.sentences(view, code, facts)
    if yes := shows(move).yes:
        yield say(language, f"consumer.case.{move}.{'yes' if facts.get(yes) else 'no'}")


def _code(language: str, move: str, facts: Facts) -> str:
    """Return the label of the code in `facts` that the declaration of the move shows to parties. Return an
    empty string if the declaration shows no code."""
    name = shows(move).code
    if not facts.get(name):
        return ""
    return label(language, facts[name], section(shape(MOVES[move].parameters[name][0])[1]))


def _of_talks(language: str, line: Facts, facts: Facts) -> Iterator[str]:
    """Yield sentences on the facts of an entry that concern the talks. They are the side, the offer, the
    nature of the dispute, and how the talks ended. `line`: the entry as it is stored."""
    if "side" in facts and not Role[line["role"].upper()] & Role.PARTY:
        yield label(language, facts["side"], "side")
    if "offer" in facts:
        said = [say(language, "consumer.parts.talks.offer", id=facts["offer"])]
        said += [money(language, facts["amount"])] if "amount" in facts else []
        if "until" in facts:
            ends = day_end(date.fromisoformat(facts["until"]))
            said.append(say(language, "consumer.parts.talks.valid", by=moment(language, ends)))
        yield ("，" if language == "zh" else ", ").join(said)
    if "nature" in facts:
        yield say(language, "consumer.parts.talks.nature", nature=label(language, facts["nature"], "nature"))
    if "ending" in facts:
        yield label(language, facts["ending"], "ending")
