"""A case with a record, and changes in the table from outside."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from chalicelib.aws import rows
from chalicelib.aws.rows import Row
from tests.life.complaint import report
from tests.scenario import WANG, ZHAO, Scenario


def edited(ref: str, **changes: Any) -> None:
    """Change the head of a case directly in the table."""
    row = Row.get(rows.case(ref), rows.HEAD)
    row.update(actions=[Row.body.set(json.dumps({**json.loads(row.body or "{}"), **changes}))])


def life(scenario: Scenario) -> str:
    """Create a case with several entries, people and letters, some of them to several recipients."""
    ref = scenario.move(WANG, "accept", scenario.submit(hurt="hurt").ref).ref
    scenario.move(ZHAO, "message", ref, text="我们在看。")
    scenario.move(ZHAO, "file_report", ref, **report(scenario.time.date(), 1, 2))
    scenario.move(scenario.by_link(ref), "message", ref, text="没有修好。" * 500)
    scenario.post()
    return ref


def tamper(ref: str, what: str) -> None:
    """Make one kind of change to the case directly in the table."""
    pk = rows.case(ref)
    second = Row.get(pk, rows.entry(2))
    if what == "line":
        second.update(actions=[Row.body.set((second.body or "").replace('"who":"wang"', '"who":"sun"'))])
    elif what == "words":
        row = Row.get(pk, rows.entry(3))
        row.update(actions=[Row.words.set((row.words or "").replace("我们在看", "我们不看"))])
    elif what == "removed":
        second.delete()
    elif what == "swapped":
        third = Row.get(pk, rows.entry(3))
        second.body, third.body = third.body, second.body
        second.save(), third.save()
    elif what == "head":
        edited(ref, severity="S4")
    elif what == "added":
        Row(pk, rows.entry(9), body=second.body, hash=second.hash, words=second.words).save()
    elif what == "stranger":
        Row(pk, rows.party("p7"), body=json.dumps({"name": "x", "email": "x@evil.example"})).save()
    elif what == "renamed":
        row = Row.get(pk, rows.party("p1"))
        row.update(actions=[Row.body.set(json.dumps({**json.loads(row.body or "{}"), "name": "钱进"}))])
    elif what in LETTERS:
        letters = [row for row in Row.query(pk, Row.sk.startswith(rows.letter(""))) if row.entries]
        posts = [*Row.query(pk, Row.sk.startswith(rows.post("")))]
        LETTERS[what](letters[-1], posts[0])
    elif what == "listed":
        Row(pk, rows.listed("staff:sun"), seat="staff:sun", next_due="2026", ref=ref, stage="closed").save()
    elif what == "unreadable":
        second.update(actions=[Row.body.set("{")])
    elif what == "broken":
        Row(pk, rows.words(2), words="{}").save(), Row(pk, rows.letter("x"), body="{").save()
    elif what == "beginning":
        row = Row.get(pk, rows.entry(5))
        row.update(actions=[Row.words.set((row.words or "").replace("没有修好", "修好了"))])
    elif what == "redirected":
        row = Row.get(pk, rows.party("p1"))
        row.update(
            actions=[Row.body.set(json.dumps({**json.loads(row.body or "{}"), "email": "x@evil.example"}))]
        )


def also(letter: Row, sk: str, entries: int | None, **said: Any) -> None:
    """Save another row like this letter's, with changes to its body."""
    body = json.dumps({**json.loads(letter.body or "{}"), **said})
    Row(letter.pk, sk, body=body, state="owed", entries=entries, tries=0).save()


LETTERS = {
    "letter": lambda letter, post: also(letter, rows.letter("x.0"), letter.entries, id="x.0"),
    "letter of no entry": lambda letter, post: also(letter, rows.letter("x.0"), None, id="x.0", entry=1),
    "letter of a post": lambda letter, post: also(
        letter, rows.letters(rows.kind(post.sk)[1]) + "9", None, entry=1
    ),
    "letter changed": lambda letter, post: also(letter, letter.sk, letter.entries, to="party:p2"),
    "letter removed": lambda letter, post: letter.delete(),
    "letter of a later entry": lambda letter, post: also(letter, rows.letter("x.0"), 9),
    "post changed": lambda letter, post: also(post, post.sk, post.entries, name="declined"),
}


def an_hour(scenario: Scenario, at: datetime | None = None) -> None:
    """Let an hour pass, or move to `at`; then let the schedule fire and the worker check every shard."""
    scenario.later((at or scenario.time) - scenario.time)
    scenario.product.record.hour()
    scenario.watch()
