"""Mentions: a note names colleagues. The case is then on their own lists until they open it."""

import re
from collections.abc import Iterator

from chalicelib.domain.engine.declare import OFTEN, move
from chalicelib.domain.engine.server_facts import FactContext, Server, fills
from chalicelib.domain.frozen import replace
from chalicelib.domain.model.case import Act, Case, refuse_if
from chalicelib.domain.model.case_records import Mention
from chalicelib.domain.model.codes import EVERY, Role as R
from chalicelib.domain.roster import OF_TEAM, OVERSEES, Roster

WRITERS = R.INTAKE | R.INVESTIGATOR | R.LEAD | R.SAFETY | R.FOLLOWUP | R.SUPERVISOR | R.EXECUTIVE
"""The roles that write internal notes."""
AT = re.compile(r"[@＠](?=\S)")
"""The sign before a name."""
MAILBOX = re.compile(r"[A-Za-z0-9._%+-]")
"""A character that makes the sign after it a part of an e-mail address, unless it ends a name."""


@move(
    at=EVERY,
    by=WRITERS | R.NEGOTIATOR,
    fits=lambda case: False,
    handles=False,
    kept=OFTEN,
    even=("destroyed",),
)  # no page offers this move: opening the case takes it
def read_mention(case: Case, act: Act) -> Case:
    """Record that you have opened a case in which a note mentions you. The case leaves your list."""
    refuse_if(all(one.who != act.who for one in case.mentions), "not_mentioned")
    return without_mention(case, act.who)


def without_mention(case: Case, who: str) -> Case:
    """Return the case without the mention of a person."""
    return replace(case, mentions=tuple(one for one in case.mentions if one.who != who))


def mentioned(case: Case) -> Iterator[Mention]:
    """Yield the mentions that count now. A mention of a person in a team counts only while the case has this
    team. A mention of a person who is recused, or who speaks for the company, does not count."""
    apart = {*case.inquiry.recused, *case.colleagues}
    return (one for one in case.mentions if one.team in ("", case.team) and one.who not in apart)


def mentionable(case: Case, id: str, roster: Roster) -> bool:
    """Return whether a note can mention this person. They handle cases of the team of the case, or oversee
    all teams. People who decide on the panel, are recused, or speak for the company cannot be mentioned.
    Neither can negotiators who must not conduct the talks."""
    roles = roster.roles(id)
    if case.seat(id) or case.mediated_by(id) or id in (*case.inquiry.recused, *case.colleagues):
        return False
    if case.bars(id) and not roles & WRITERS:
        return False
    team = roster.teams.get(case.team)
    handles = team and any(one.id == id for role in OF_TEAM for one in team.duty.get(role, ()))
    return bool(handles or roles & OVERSEES)


@fills("named")
def mentioned_ids(server: Server, context: FactContext) -> tuple[str, ...]:
    """Return the ids of the people whom a note mentions: those chosen in its form, then those named in its
    text. Raises Refusal for somebody chosen who cannot be mentioned, or whom the roster does not have. No
    text is refused."""
    roster, case = server.roster(), context.case
    chosen = tuple(context.body.get("mentions") or ())
    for id in chosen:
        member = roster.member(id)
        refuse_if(member is None, "mention_unknown", field="mentions", who=id)
        refuse_if(
            not mentionable(case, id, roster),
            "mention_without_right",
            field="mentions",
            who=member and member.name,
        )
    named = _named_in(str(context.body.get("text") or ""), case, roster)
    return tuple(dict.fromkeys((*chosen, *named)))


@fills("away")
def away(server: Server, context: FactContext) -> tuple[str, ...]:
    """Return the ids of the mentioned people who are absent when the note is written."""
    roster = server.roster()
    found = ((id, roster.member(id)) for id in mentioned_ids(server, context))
    return tuple(id for id, member in found if member and not member.reachable(context.at))


def _named_in(text: str, case: Case, roster: Roster) -> Iterator[str]:
    """Yield the ids of the people whom a text names after `@`, by name or id. The longest name that fits
    counts. Of several people with one name, it means the one who can be mentioned. A name mentions nobody if
    nobody on the roster has it, if its bearer cannot be mentioned, or if several of its bearers can be."""
    if not AT.search(text):
        return
    people = {one.id: one for team in roster.teams.values() for one in team.people()}
    ended = 0
    for sign in AT.finditer(text):
        if sign.start() > ended and MAILBOX.match(text, sign.start() - 1):
            continue
        rest = text[sign.end() :].casefold()
        fitting = [
            (said, one) for one in people.values() for said in {one.name, one.id} if _begins(rest, said)
        ]
        longest = max((len(said) for said, _ in fitting), default=0)
        ended = sign.end() + longest
        ids = dict.fromkeys(one.id for said, one in fitting if len(said) == longest)
        able = [id for id in ids if mentionable(case, id, roster)]
        if len(able) == 1:
            yield able[0]


def _begins(rest: str, name: str) -> bool:
    """Return whether a text begins with a name, and not with a longer word in Latin letters."""
    name = name.casefold()
    if not name or not rest.startswith(name):
        return False
    after = rest[len(name) : len(name) + 1]
    return not (name[-1].isascii() and after.isascii() and after.isalnum())
