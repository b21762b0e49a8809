"""The text that tells, in one language, what happened on a demo complaint: its timeline, the outcome of each
deadline, and the letters that were sent. The text is made from answers of the interface, and from the labels
of pages and letters. No request is sent."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any

from chalicelib.domain import moves  # noqa: F401  (declares every move)
from chalicelib.domain.calendar import SHANGHAI, instant
from chalicelib.domain.engine.deadlines import DEADLINES
from chalicelib.domain.money import fen
from chalicelib.domain.policy import policy
from chalicelib.domain.reference import shown
from chalicelib.locale.formats import label, late, moment, money, texts

Json = Mapping[str, Any]
WORDS = {
    "zh": {
        "outcome": "结果",
        "received": "收到",
        "stages": "阶段",
        "timeline": "时间线",
        "deadlines": "时限",
        "letters": "发出的信件",
        "met": "按时",
        "missed": "逾期",
        "silent": "到期，由系统接着办",
        "runs": "进行中",
        "due": "到期",
        "ended": "结束",
        "moved": "改为",
        "times": "共{n}次",
        "asked": "待第二人同意",
        "colon": "：",
        "comma": "，",
    },
    "en": {
        "outcome": "outcome",
        "received": "received",
        "stages": "stages",
        "timeline": "timeline",
        "deadlines": "deadlines",
        "letters": "letters sent",
        "met": "met",
        "missed": "missed",
        "silent": "ran out, the clock went on",
        "runs": "runs",
        "due": "due",
        "ended": "ended",
        "moved": "moved to",
        "times": "{n} times",
        "asked": "waits for a second person",
        "colon": ": ",
        "comma": ", ",
    },
}
LISTS = {"severity": "severity", "assigns": "assigns", "proof": "proof", "how": "way", "verdict": "verdict"}
"""Facts of an entry whose value is printed as a label. The key is the name of the fact, and the value the
section of our texts that has the labels."""
PLAIN = ("obligation", "question", "department", "own", "joined", "leading")
"""Names of facts whose value is printed unchanged."""
YES_NO = ("agrees", "accepted", "real", "reportable", "stop", "takes")
"""Names of facts that are printed as their label, with yes or no."""


@dataclass
class Run:
    """A run of a deadline, as the demo has seen it. `since`: when it began. `due`: the ends that it had, one
    after another. `ended`: when it stopped, or "" while it runs."""

    deadline: str
    since: str
    due: list[str]
    ended: str = ""

    def verdict(self, now: str) -> str:
        """Return the outcome at the moment `now`: `met`, `missed`, `runs` or `silent`. `silent` means that
        the deadline was a time in which somebody could act, that nobody acted, and that the clock went on."""
        last = policy("demo-1").rules[self.deadline].ladder[-1:]
        lapses = any(not step.tell and step.take != "send_cure_notice" for step in last)
        window = not DEADLINES[self.deadline].duty or lapses
        if self.ended and (self.ended < self.due[-1] or (self.ended == self.due[-1] and not window)):
            return "met"
        if not self.ended and now <= self.due[-1]:
            return "runs"
        return "silent" if window else "missed"


def follow(runs: list[Run], running: list[Any], at: str) -> None:
    """Update `runs`, the runs of deadlines seen so far. `running` are the deadlines that run at the moment
    `at`, as the interface gives them. A run can go on, get another end, or be new. A run whose deadline is
    not in `running` has stopped at `at`."""
    left, lost = [item for item in running if item["since"]], list(runs)
    # Two runs may have begun together, so runs with the same end are matched first.
    for exact in (True, False):
        for run in tuple(lost):
            same = [item for item in left if (item["deadline"], item["since"]) == (run.deadline, run.since)]
            found = next(
                (item for item in same if item["due"] == run.due[-1] or not (exact or run.ended)), None
            )
            if found:
                left.remove(found)
                lost.remove(run)
                run.ended = ""
                run.due += [found["due"]] if found["due"] not in (None, run.due[-1]) else []
    for run in lost:
        run.ended = run.ended or at
    runs += [Run(item["deadline"], item["since"], [item["due"]]) for item in left if item["due"]]


@dataclass(frozen=True)
class Story:
    """The data for the text about a complaint. `case` and `entries`: its case and timeline, as the interface
    gives them. `runs`: the runs of its deadlines. `letters`: its sent mails. `names`: the names of everybody
    who acts, by their ids in the timeline. `read`: the letters that staff read aloud, by the id of the call
    task. `now`: the moment of the data."""

    case: Json
    entries: Sequence[Json]
    runs: Sequence[Run]
    letters: Sequence[Json]
    names: Mapping[str, str]
    read: Mapping[str, str] = field(default_factory=dict)
    now: str = ""


def story_lines(language: str, story: Story) -> Iterator[str]:
    """Yield the lines of the text about a complaint in a language."""
    say, case = WORDS[language], story.case
    outcome = label(language, case["outcome"], "outcome") if case["outcome"] else "–"
    yield f"{shown(case['number'])}  {say['outcome']}{say['colon']}{outcome}"
    heard = f"{clock(case['received_at'])}{say['comma']}{label(language, case['channel'], 'channel')}"
    yield f"  {say['received']}{say['colon']}{heard}"
    stages = (
        f"{clock(stage['since'])} {label(language, stage['stage'], 'stage')}" for stage in case["stages"]
    )
    yield f"  {say['stages']}{say['colon']}{' → '.join(stages)}"
    yield f"  {say['timeline']}"
    yield from (
        f"    {entry['n']:>3}  {clock(entry['at'])}  {done(language, story.names, story.read, entry)}"
        for entry in story.entries
    )
    yield f"  {say['deadlines']}"
    yield from (f"    {line}" for line in deadlines_told(language, story))
    yield f"  {say['letters']}"
    for mail in story.letters:
        at = datetime.fromtimestamp(mail["Timestamp"], SHANGHAI)
        yield f"    {at:%H:%M:%S}  {', '.join(mail['To'])}{say['colon']}{mail['Subject']}"


def clock(at: str) -> str:
    """Return the local time of day of a moment (ISO)."""
    return f"{instant(at).astimezone(SHANGHAI):%H:%M:%S}"


def done(language: str, names: Mapping[str, str], read: Mapping[str, str], entry: Json) -> str:
    """Return a timeline entry as a line of text: the role and name of its actor, the move, and the facts of
    interest. `names` and `read` are those of the class `Story`."""
    say, facts, move = WORDS[language], entry["facts"], entry["move"]
    what = label(language, move, "move")
    if move == "take_step":
        what = _step(language, names, facts)
    if move == "record_telling":
        what = f"{what}{say['colon']}{letter(language, read.get(facts['telling'], ''))}"
    if move in ("approve", "refuse_approval"):
        what = f"{what}{say['colon']}{label(language, facts['move'], 'move')}"
    more = [*_facts(language, names, facts)] + ([say["asked"]] if isinstance(facts.get("asked"), str) else [])
    who = f"{label(language, entry['role'], 'role')} {names.get(entry['who'], '')}".strip()
    return f"{who}{say['colon']}{what}" + (f" ({say['comma'].join(more)})" if more else "")


def _step(language: str, names: Mapping[str, str], facts: Json) -> str:
    """Return in words an act of the clock about a deadline: the deadline, how late it is, and who is
    notified. `facts` are those of the entry."""
    say = WORDS[language]
    people = [names.get(who, who) for who in (facts.get("to"), *facts.get("also", ())) if who]
    people += [letter(language, facts["consumer"])] if facts.get("consumer") else []
    passed = f" → {say['comma'].join(people)}" if people else ""
    deadline = label(language, facts["deadline"], "deadline")
    return f"{deadline}{say['comma']}{late(language, facts['late_minutes'])}{passed}"


def _facts(language: str, names: Mapping[str, str], facts: Json) -> Iterator[str]:
    colon, said = WORDS[language]["colon"], texts(language)
    yield from (str(facts[name]) for name in PLAIN if name in facts)
    yield from (label(language, facts[name], listed) for name, listed in LISTS.items() if name in facts)
    for name in YES_NO:
        if name in facts:
            asked = said["label"][name]
            answer = said["page"]["form"]["yes" if facts[name] else "no"]
            yield f"{asked}{' ' if asked.endswith('?') else colon}{answer}"
    if "to" in facts and "deadline" not in facts:
        yield names.get(facts["to"], facts["to"])
    for n, conclusion in facts.get("conclusions", {}).items():
        yield f"{n}{colon}{label(language, conclusion, 'conclusion')}"
    for owed in facts.get("remedies", ()):
        amount = [money(language, fen(owed["amount"]["amount"]))] if owed.get("amount") else []
        to = [names.get(owed["party"], "")] if "party" in owed else []
        yield " ".join([*to, label(language, owed["kind"], "remedy"), *amount, owed["by"]])


def letter(language: str, key: str) -> str:
    """Return the label of a letter. `key` is the key of the letter on the case."""
    name = key.partition("#")[0].partition("@")[0]
    return label(language, name, "letter") if name else "–"


def deadlines_told(language: str, story: Story) -> Iterator[str]:
    """Yield a line for each run of a deadline, with its outcome and its times. Successive runs of one
    deadline with the same outcome share a line."""
    say = WORDS[language]
    seen = sorted(story.runs, key=lambda run: (run.deadline, run.since))
    for (name, verdict), same in groupby(seen, key=lambda run: (run.deadline, run.verdict(story.now))):
        runs = list(same)
        last = runs[-1]
        times = [f"{say['due']} {_end(language, last, 0)}"]
        times += [f"{say['moved']} {_end(language, last, n)}" for n in range(1, len(last.due))]
        times += [f"{say['ended']} {clock(last.ended)}"] if last.ended else []
        times += [say["times"].format(n=len(runs))] if len(runs) > 1 else []
        yield (
            f"{MARKS[verdict]} {label(language, name, 'deadline')}{say['colon']}{say[verdict]} "
            f"({say['comma'].join(times)})"
        )


def _end(language: str, run: Run, n: int) -> str:
    """Return the end number `n` (from 0) of a run in words: the time of day if the run began on the same day,
    otherwise the whole date."""
    began, due = instant(run.since).astimezone(SHANGHAI), instant(run.due[n]).astimezone(SHANGHAI)
    return clock(run.due[n]) if began.date() == due.date() else moment(language, due)


MARKS = {"met": "✓", "missed": "✗", "silent": "·", "runs": "…"}
