"""What holds of every life, whatever failed in it, once all is quiet. Each law reads through the product's
public side alone."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from chalicelib.aws.rows import Row
from chalicelib.domain import timeline
from chalicelib.domain.calendar import instant
from chalicelib.domain.engine.running import DEADLINES
from chalicelib.domain.model.parts import BUSINESS
from chalicelib.domain.policy import policy
from tests.cloud.driven import WORKERS, Driven, look

QUIET = timedelta(days=4)
"""After this time without faults nothing waits any more."""
OPEN = ("owed", "sending", "failing")
"""States in which a letter may not stay."""
WINDOWS = {
    move: DEADLINES[name]
    for name, rule in policy("default-1").rules.items()
    for step in rule.ladder
    for move in step.take.split(" | ")
    if move.startswith("lapse_")
}
"""The window that ends with each lapse."""


def hold(house: Driven) -> None:
    """All laws hold of everything in the house; raises AssertionError with the first that does not."""
    for ref in refs(house):
        nothing_lost(house, ref)
        no_step_doubled(house, ref)
        letters_end(house, ref)
        no_window_lapsed_unheard(house, ref)
        nothing_doubted(house, ref)
        house.moves(ref)  # the chain, and when the index says to look next
    no_letter_doubled(house)
    nothing_waits(house)


def law(name: str, holds: bool, *told: Any) -> None:
    """Say which law does not hold, and what tells so."""
    assert holds, f"{name}: {', '.join(map(str, told))}"


def refs(house: Driven) -> list[str]:
    """The numbers of all cases."""
    table = house.cloud.tables[Row.Meta.table_name]
    return sorted(pk.removeprefix("CASE#") for pk, sk in table.items if sk == "CASE")


def nothing_lost(house: Driven, ref: str) -> None:
    """Every move that somebody was told of stands on the timeline, once, and no other does; the chain
    verifies."""
    dossier = house.product.file.whole(ref)
    law("the chain verifies", timeline.verify(dossier.entries, dossier.case) is None, ref)
    lines = [json.loads(entry.line) for entry in dossier.entries]
    taken = Counter(line["move"] for line in lines if line["role"] != "clock")
    accepted = Counter({name: n for (of, name), n in house.accepted.items() if of == ref})
    law("nothing lost", not accepted - taken, accepted - taken)
    law("nothing doubled", not taken - accepted, taken - accepted)


def nothing_doubted(house: Driven, ref: str) -> None:
    """Every row of a case is as the product wrote it: nobody else has changed one."""
    law("nothing doubted", not house.product.file.load(ref).doubts, ref)
    law("the record is whole", not house.product.record.check(ref), ref)


def no_step_doubled(house: Driven, ref: str) -> None:
    """The clock takes each step of a deadline once."""
    steps = Counter((step["run"], step["step"], step["due"]) for step in house.lines(ref, "take_step"))
    law("no step doubled", all(n == 1 for n in steps.values()), steps.most_common(1))


def letters_end(house: Driven, ref: str) -> None:
    """Every letter has come to an end, and one that is said to be sent has left."""
    mailed = {
        mail.tags["letter"].replace("_", ".") for mail in house.cloud.mails if mail.tags.get("ref") == ref
    }
    for letter in house.product.file.whole(ref).letters:
        told = letter["name"], letter["to"], letter["state"], letter["tries"]
        law("every letter ends", letter["state"] not in OPEN, *told)
        law("what is sent has left", letter["state"] != "sent" or letter["id"] in mailed, *told)


def no_window_lapsed_unheard(house: Driven, ref: str) -> None:
    """Before the clock takes somebody's silence for an answer, the last letter that opened their window was
    sent or told, or lay where they fetch it: theirs, or that of somebody else who hears for the same
    person."""
    letters, since = house.product.file.whole(ref).letters, heard(house, ref)
    for line in (json.loads(entry.line) for entry in house.product.file.whole(ref).entries):
        if line["move"] not in WINDOWS or line["role"] != "clock":
            continue
        of = line["facts"].get("offer") or line["facts"].get("signer") or ""
        keys = {
            f"{name}#{of}" if of.startswith("F") or of == BUSINESS else name
            for name in WINDOWS[line["move"]].opened
        }
        last = {
            letter["to"]: letter
            for letter in sorted(letters, key=lambda letter: int(letter["entry"]))
            if letter["to"].startswith("party:")
            and letter["entry"] < line["n"]
            and letter["key"].partition("@")[0] in keys
        }
        for letter in last.values():
            law(
                "no window lapsed unheard",
                any(
                    since.get(id, house.time) <= instant(line["at"])
                    for id in (letter["id"], *letter["beside"])
                ),
                line["move"],
                line["at"],
                letter["key"],
                letter["to"],
                letter["at"],
                letter["state"],
            )


def heard(house: Driven, ref: str) -> dict[str, datetime]:
    """Since when each letter of a case has been where its reader could read it, or been read to them."""
    sent = [
        (mail.tags["letter"].replace("_", "."), mail.at)
        for mail in house.cloud.mails
        if mail.tags.get("ref") == ref
    ]
    fetched = [
        (letter["id"], instant(letter["at"]))
        for letter in house.product.file.whole(ref).letters
        if letter["state"] == "to be fetched"
    ]
    lines = (json.loads(entry.line) for entry in house.product.file.whole(ref).entries)
    told = [
        (line["facts"]["telling"], instant(line["at"]))
        for line in lines
        if line["move"] == "record_telling" and line["facts"]["told"]
    ]
    return dict(sorted((*sent, *fetched, *told), key=lambda found: found[1], reverse=True))


def no_letter_doubled(house: Driven) -> None:
    """No letter leaves twice, unless its first answer was lost or the process died, or could not write,
    before it was recorded."""
    first = dict[str, int]()
    for call, _, letter in house.faults.taken:
        law("no letter doubled", letter not in first or house.faults.excused(first[letter]), letter)
        first[letter] = call


def nothing_waits(house: Driven) -> None:
    """Nothing in the index is overdue (what falls due this very minute has its walk ahead), nothing was
    parked and no message waits. One may be with the dead letters, after five deaths of its worker: what it
    asked for is due all the same."""
    due = [at for rows in house._due().partitions.values() for at in look(rows) if at < house.time]
    law("the index holds nothing that is due, and nothing is parked", not due, due)
    waiting = {worker.queue: messages for worker in WORKERS if (messages := house._queue(worker).messages)}
    law("no message waits", not waiting, waiting)
