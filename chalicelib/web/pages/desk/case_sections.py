"""The sections of a case page for staff: talks (negotiation and mediation), report, obligations, questions to
departments, evidence, appraisals, other bodies, extensions, safety."""

from collections.abc import Collection, Iterator, Mapping

from chalicelib.domain.doubts import doubts
from chalicelib.domain.model.codes import TALKS, Reply, Side
from chalicelib.domain.moves.forwarding import refer_outside
from chalicelib.locale import formats
from chalicelib.view.answer import answer_view
from chalicelib.view.evidence import appraisals, pieces
from chalicelib.view.forwarding import forwards
from chalicelib.view.inquiry import questions
from chalicelib.view.outside import outside
from chalicelib.view.review import ReviewView, Sitting, decided, review_view, why_voted
from chalicelib.view.talks import TalksInside, Words, has_words, talks_inside
from chalicelib.web.forms.form_context import offer_called
from chalicelib.web.pages.desk import agreement as desk_agreed, obligations as desk_owed
from chalicelib.web.pages.desk.evidence_files import evidence_files
from chalicelib.web.pages.desk.items import DeskItem, ItemGroup
from chalicelib.web.pages.desk.reading import Line, Reading, first_words

ANSWERS: Mapping[bool | None, str] = {None: "silent", True: "consents", False: "refuses"}
"""The names of the texts for a side's answer to the invitation to mediation. The key is True for yes, False
for no, and None if the side has not answered yet."""


def work(reading: Reading) -> list[ItemGroup]:
    """Return the sections of the page on the work that the case needs. Empty sections are left out. The
    obligations come first if an officer has to watch over them."""
    promised = {"obligations": desk_owed.ledger}
    found = {
        **(promised if reading.reader.watched else {}),
        "agreement": desk_agreed.agreement,
        "mediation": desk_agreed.mediation,
        "talks": _talks,
        "reconsideration": _reconsideration,
        "report": _report,
        **promised,
        "questions": _questions,
        "evidence": _evidence,
        "appraisals": _appraisals,
        "consent": _consent,
        "stories": _stories,
    }
    return [
        ItemGroup(name, items)
        for name, items in ((name, list(part(reading))) for name, part in found.items())
        if items
    ]


def related_matters(reading: Reading) -> list[ItemGroup]:
    """Return the sections of the page on safety, on other bodies that handle the complaint, and on extensions
    and suspensions of deadlines. Empty sections are left out."""
    found = {
        "safety": _safety,
        "conduct": _conduct,
        "outside": _outside,
        "forwards": _forwards,
        "extensions": _extensions,
    }
    return [
        ItemGroup(name, items)
        for name, items in ((name, list(part(reading))) for name, part in found.items())
        if items
    ]


def safety_state(reading: Reading) -> str:
    """Return the state of the safety work on a case, as the name of a text. Return an empty string if the
    case has no safety tag."""
    tag = reading.case.safety
    if tag is None:
        return ""
    if tag.cleared:
        return "cleared"
    if tag.triaged is None:
        return "untriaged"
    if not tag.real:
        return "not_real"
    return "real" if not tag.reportable else "reported" if tag.reported else "to_report"


def _safety(reading: Reading) -> Iterator[DeskItem]:
    tag = reading.case.safety
    if tag:
        state = safety_state(reading)
        moments = {
            "known": tag.known,
            "triaged": tag.triaged,
            "reported": tag.reported,
            "stopped": tag.stopped,
            "cleared": tag.cleared,
        }
        yield DeskItem(
            reading.words_of("safe", state),
            reading.words_of("part", "by", who=reading.name(tag.by)),
            lines=tuple([_line(reading, name, reading.moment(at)) for name, at in moments.items() if at]),
            tag=reading.words_of("safe", "stopped") if tag.stopped else "",
            tone="red",
        )


def _report(reading: Reading) -> Iterator[DeskItem]:
    """Yield the report, and then each of its findings with the files on which it rests."""
    report = answer_view(reading.reader)
    if report:
        state, tone = ("answered", "green") if report.given else ("waits", "orange")
        found = [(matter.n, each) for matter in report.matters for each in matter.findings]
        yield DeskItem(
            reading.name(report.by),
            reading.moment(report.filed),
            reading.words_of("part", state),
            tone,
            lines=_all_of(reading, report.entry, ("findings",) if found else ()),
        )
        files = {file.id: file for file in evidence_files(reading)}
        for n, each in found:
            ids = [basis.id for basis in each.evidence]
            yield DeskItem(
                reading.words_of("part", "finding", matter=reading.matter(n)),
                reading.words_of("part", "rests_on", ids=reading.words_of("comma").join(ids)),
                text=each.fact,
                files=tuple(files[id] for id in ids if id in files),
            )


def _all_of(reading: Reading, n: int, but: Collection[str] = ()) -> tuple[Line, ...]:
    """Return the facts and words of entry `n` that the reader may see, as labelled lines. `but`: the names of
    the words that are left out."""
    line = reading.reader.visible_line(reading.dossier.line(n))
    return (*reading.facts(line["move"], line["facts"]), *reading.words(n, but=but))


def _reconsideration(reading: Reading) -> Iterator[DeskItem]:
    """Yield items about reconsideration: the last decision, the pending request, and each member of the
    panel."""
    asked, last = review_view(reading.reader), decided(reading.reader)
    if last:
        title = reading.label(last.move, "move")
        yield DeskItem(title, reading.moment(last.at), lines=_all_of(reading, last.n))
    if asked:
        yield from _request(reading, asked)


def _request(reading: Reading, asked: ReviewView) -> Iterator[DeskItem]:
    matters, by = [reading.matter(n) for n in asked.matters], asked.expected
    note = [
        reading.moment(asked.at),
        *([reading.words_of("part", "expected", by=formats.moment(reading.language, by))] if by else []),
    ]
    state, tone = ("review_late", "orange") if asked.late else ("review", "blue")
    yield DeskItem(
        reading.words_of("comma").join(matters),
        " · ".join(note),
        reading.words_of("part", state),
        tone,
        lines=tuple(reading.words(asked.entry)),
    )
    if asked.vacant or asked.unmanned:
        yield DeskItem(reading.words_of("part", "vacant" if asked.vacant else "unmanned"), tone="orange")
    for seat in asked.panel:
        state = "voted" if seat.voted else "declared" if seat.declared else "undeclared"
        units = [reading.team(id) for id in reading.roster.teams if reading.roster.serves(seat.who, id)]
        yield DeskItem(
            reading.name(seat.who),
            " · ".join([*([reading.words_of("part", "chair")] if seat.chair else []), *units]),
            reading.words_of("part", state),
            "green" if seat.voted else "blue" if seat.declared else "orange",
            lines=tuple(_votes(reading, seat)),
        )


def _votes(reading: Reading, seat: Sitting) -> Iterator[Line]:
    """Yield labelled lines on the votes of a panel member: for each matter, the vote and the reason. `seat`:
    the member of the panel. Yield nothing if the reader may not know the votes."""
    if seat.votes:
        reasons = why_voted(reading.reader, seat)
        for n, result in seat.votes.items():
            yield reading.matter(n), [reading.label(result, "result"), reasons.get(str(n), reading.unsaid())]


def _talks(reading: Reading) -> Iterator[DeskItem]:
    """Yield items about the talks: the dispute, the statements, the offers in their order, and the invitation
    to mediation. Only permitted readers get people's words."""
    case, talks = reading.case, talks_inside(reading.reader)
    if talks is None:
        return
    natures = [reading.label(nature, "nature") for nature in (talks.nature, *talks.others)]
    lines: list[Line] = []
    if case.stage in TALKS:
        holder = "mediator" if case.owner and case.owner == case.mediator else "holder"
        lines.append(
            _line(reading, holder, reading.name(case.owner) if case.owner else reading.words_of("nobody"))
        )
    if talks.barred:
        lines.append(
            _line(reading, "barred", reading.words_of("comma").join(map(reading.name, talks.barred)))
        )
    yield DeskItem(
        reading.words_of("comma").join(natures),
        reading.moment(talks.at),
        reading.words_of("talks", talks.state),
        "grey" if talks.state in ("over", "ended") else "blue",
        _said(reading, talks.entry, "dispute"),
        tuple(lines),
    )
    yield from _statements(reading, talks)
    yield from _offers(reading, talks)
    yield from _mediation(reading, talks)


def _said(reading: Reading, n: int, of: Words) -> str:
    """Return the words of entry `n` as text. Return an empty string unless the entry has words of the kind
    `of`. Return an empty string too if the case lacks the entry: a case that was split from another case does
    not get all its entries."""
    here = has_words(reading.reader, n, of)
    return "\n".join(text for _, said in reading.words(n) for text in said) if here else ""


def _statements(reading: Reading, talks: TalksInside) -> Iterator[DeskItem]:
    """Yield an item for each statement, with a tag that tells whether the other side sees the statement. Then
    yield an item for each attempt to hear a side."""
    for said in talks.statements:
        state, tone = ("shared", "green") if said.shared else ("private", "purple")
        note = (
            f"{reading.entry_moment(said.entry)} · {reading.name(said.by)}"
            if said.entry <= reading.case.entries
            else ""
        )
        yield DeskItem(
            reading.words_of("talks", "statement", id=said.id, side=reading.label(said.side, "side")),
            note,
            reading.words_of("talks", state),
            tone,
            _said(reading, said.entry, "statement"),
        )
    for one in talks.heard:
        yield DeskItem(
            reading.words_of("talks", "try", side=reading.label(one.side, "side")),
            f"{reading.entry_moment(one.n)} · {reading.name(one.by)}",
            text=_said(reading, one.n, "attempt"),
        )


def _offers(reading: Reading, talks: TalksInside) -> Iterator[DeskItem]:
    """Yield an item for each offer, in order. The item tells until when the offer is valid, what became of
    it, and why it was refused."""
    tones = {Reply.OPEN: "orange", Reply.ACCEPTED: "green"}
    for made in talks.offers:
        note = reading.words_of("talks", "valid", at=reading.moment(made.at), until=reading.date(made.until))
        over = "ended" if made.state == Reply.LAPSED else "reply"
        answered = [_line(reading, over, reading.moment(made.answered))] if made.answered else []
        yield DeskItem(
            reading.words_of("talks", "offer", offer=offer_called(reading.language, made)),
            note,
            reading.label(made.state, "reply"),
            tones.get(made.state, "grey"),
            _said(reading, made.entry, "offer"),
            (*answered, *(reading.words(talks.refused[made.id]) if made.id in talks.refused else [])),
        )


def _mediation(reading: Reading, talks: TalksInside) -> Iterator[DeskItem]:
    """Yield an item for the end of the negotiation, with the reason. Then yield an item for the invitation to
    mediation, with the answer of each side."""
    if talks.ended:
        yield DeskItem(
            reading.words_of("talks", "ended"),
            reading.moment(talks.ended),
            lines=_all_of(reading, talks.ended_in) if talks.ended_in else (),
        )
    if talks.invited:
        said = tuple(
            (reading.label(side, "side"), [reading.words_of("talks", ANSWERS[talks.consents.get(side)])])
            for side in Side
        )
        yield DeskItem(reading.words_of("talks", "invited"), reading.moment(talks.invited), lines=said)


def _questions(reading: Reading) -> Iterator[DeskItem]:
    for asked in questions(reading.reader):
        by = asked.by
        state = "answered" if asked.answered else "late" if asked.late else "open"
        note = [
            reading.moment(asked.at),
            *([reading.words_of("run", "due", due=formats.moment(reading.language, by))] if by else []),
            *(
                [reading.words_of("part", "answered_at", at=reading.moment(asked.answered))]
                if asked.answered
                else []
            ),
        ]
        yield DeskItem(
            f"{asked.id} · {reading.team(asked.department)}",
            " · ".join(note),
            reading.words_of("part", state),
            {"answered": "green", "late": "red"}.get(state, "blue"),
            lines=tuple(reading.words(asked.entry)),
        )


def _evidence(reading: Reading) -> Iterator[DeskItem]:
    files = {file.id: file for file in evidence_files(reading)}
    for piece in pieces(reading.reader):
        note = f"{reading.day(piece.at)} · {reading.name(piece.by)}"
        yield DeskItem(
            f"{piece.id} · {reading.label(piece.kind, 'evidence_kind')}",
            note,
            reading.words_of("part", "late_evidence") if piece.late else "",
            "orange",
            "" if piece.id in files else first_words(reading.mask(piece.says, "evidence")),
            files=(files[piece.id],) if piece.id in files else (),
        )


def _appraisals(reading: Reading) -> Iterator[DeskItem]:
    for test in appraisals(reading.reader):
        lines = [
            _line(reading, name, *(reading.label(side, "side") for side in sides))
            for name, sides in (("agreed", test.agreed), ("refused", test.refused))
            if sides
        ]
        lines += [
            _line(reading, name, reading.moment(at))
            for name, at in (("started", test.started), ("ended", test.ended))
            if at
        ]
        lines += [_line(reading, "expected", reading.date(test.expected))] if test.expected else []
        yield DeskItem(
            reading.words_of("part", f"test_{test.state}"),
            reading.moment(test.at),
            lines=(*lines, *reading.words(test.entry)),
        )


def _consent(reading: Reading) -> Iterator[DeskItem]:
    asked = reading.case.together.proposal
    if asked:
        answers = [person for person in reading.case.consumers if person.consents is not None]
        count = reading.words_of("part", "answers", n=len(answers), of=len(reading.case.consumers))
        yield DeskItem(count, reading.entry_moment(asked.entry), lines=_all_of(reading, asked.entry))


def _stories(reading: Reading) -> Iterator[DeskItem]:
    """Yield an item for each story that a party wants published. The text of the story names nobody, because
    details that identify people were removed. In a story that waits for our decision, details that may still
    identify somebody are marked."""
    for story in reading.case.feedback.stories:
        state, tone = (
            ("withdrawn", "grey")
            if story.withdrawn
            else ("public", "green")
            if story.released
            else ("waits", "orange")
        )
        text = str(reading.reader.words(story.entry).get("text") or "")
        item = DeskItem(
            f"{story.id} · {reading.name(story.of)}",
            reading.entry_moment(story.entry),
            reading.words_of("part", f"story_{state}"),
            tone,
            text,
        )
        yield _marked(reading, item) if text and state == "waits" else item


def _marked(reading: Reading, story: DeskItem) -> DeskItem:
    """Return the item `story` with a mark on each detail that may identify somebody. The mark says why."""
    at, pieces, found = 0, [], doubts(story.text)
    for doubt in found:
        pieces.append((story.text[at : doubt.start], ""))
        pieces.append((story.text[doubt.start : doubt.end], reading.words_of("part", f"doubt_{doubt.why}")))
        at = doubt.end
    pieces.append((story.text[at:], ""))
    look = (
        reading.words_of("part", "story_look", n=len(found))
        if found
        else reading.words_of("part", "story_plain")
    )
    return story._replace(text="", pieces=tuple(pieces), look=look)


def _outside(reading: Reading) -> Iterator[DeskItem]:
    for other in outside(reading.reader):
        state = "replied" if other.replied else "late" if other.late else "noted"
        said = {"since": other.since, "due": other.due}
        lines = [_line(reading, "number", other.number)] if other.number else []
        lines += [_line(reading, name, reading.date(when)) for name, when in said.items() if when]
        lines += [_line(reading, "replied", reading.moment(other.replied))] if other.replied else []
        yield DeskItem(
            reading.label(other.body, "route"),
            tag=reading.words_of("part", state),
            tone="red" if other.late else "grey",
            lines=tuple(lines),
        )


def _conduct(reading: Reading) -> Iterator[DeskItem]:
    for one in reading.case.inquiry.conduct:
        at = one.withdrawn and reading.moment(one.withdrawn)
        yield DeskItem(
            f"{one.id} · {reading.label(one.kind, 'conduct')}",
            reading.moment(one.at),
            reading.words_of("part", "conduct_withdrawn", at=at) if at else "",
            lines=(*reading.words(one.entry),),
        )


def _forwards(reading: Reading) -> Iterator[DeskItem]:
    for one in forwards(reading.reader):
        lines = [_line(reading, "sent", reading.moment(one.sent))] if one.sent else []
        if one.due:
            run = "forward_confirmation" if one.sent else "forward_sending"
            lines.append((reading.label(run, "deadline"), [reading.moment(one.due)]))
        lines += [
            (reading.label(f"record_forward.{name}", "label"), [text])
            for name, text in (("number", one.number), ("contact", one.receiver), ("reason", one.reason))
            if text
        ]
        said = [
            (reading.called(refer_outside.__name__, name), [text])
            for name, text in (("contact", one.contact), ("sent", one.text), ("kept", one.kept))
            if text
        ]
        yield DeskItem(
            " · ".join([one.id, reading.label(one.body, "route") if one.body else one.company]),
            reading.name(one.party),
            reading.label(one.state, "forwarded"),
            "red" if reading.reader.past(one.due) else "grey",
            lines=(
                *lines,
                *(said or reading.words(next(f.entry for f in reading.case.forwards if f.id == one.id))),
            ),
        )


def _extensions(reading: Reading) -> Iterator[DeskItem]:
    for more in reading.case.clock.extensions:
        yield DeskItem(
            reading.words_of("part", "more_time", deadline=reading.label(more.of, "deadline")),
            reading.moment(more.at),
        )
    for pause in reading.case.clock.halts:
        until = reading.moment(pause.until) if pause.until else reading.words_of("part", "lasts")
        yield DeskItem(
            reading.words_of("part", "stood_still", why=reading.label(pause.why, "pause_reason")),
            f"{reading.moment(pause.since)} – {until}",
        )


def _line(reading: Reading, name: str, *said: str) -> Line:
    return reading.words_of("when", name), list(said)
