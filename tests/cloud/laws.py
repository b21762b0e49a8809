"""What holds of every life, whatever failed in it, once all is quiet."""
from __future__ import annotations

import json
from collections import Counter
from datetime import timedelta

from chalicelib.domain import timeline
from tests.cloud.driven import WORKERS, Driven, look

QUIET = timedelta(days=4)
"""After this time without faults nothing waits any more: a letter is given up after two days, its telling is on a list."""
OPEN = ("owed", "sending")
"""States in which a letter may not stay."""


def hold(house: Driven) -> None:
    """All laws hold of everything in the house."""
    for ref in refs(house):
        nothing_lost(house, ref)
        letters_end(house, ref)
    nothing_doubled(house)
    nothing_waits(house)


def refs(house: Driven) -> list[str]:
    """The numbers of all cases."""
    (table,) = house.cloud.tables.values()
    return sorted(pk.removeprefix("CASE#") for pk, sk in table.items if sk == "CASE")


def nothing_lost(house: Driven, ref: str) -> None:
    """Every move that somebody was told of stands on the timeline, each once and no other; the chain verifies, and the index knows when
    to look next."""
    dossier = house.product.file.whole(ref)
    assert timeline.verify(dossier.entries, dossier.case) is None
    lines = [json.loads(entry.line) for entry in dossier.entries]
    taken = Counter(line["move"] for line in lines if line["role"] != "clock")
    assert taken == {name: n for (of, name), n in house.accepted.items() if of == ref}
    steps = Counter((line["facts"]["run"], line["facts"]["step"], line["facts"]["due"]) for line in lines if line["move"] == "take_step")
    assert all(n == 1 for n in steps.values()), steps
    house.moves(ref)


def letters_end(house: Driven, ref: str) -> None:
    """Every letter has come to an end, and one that is said to be sent has left."""
    mailed = {mail.tags["letter"].replace("_", ".") for mail in house.cloud.mails if mail.tags.get("ref") == ref}
    for letter in house.product.file.whole(ref).letters:
        assert letter["state"] not in OPEN, (letter["name"], letter["state"], letter["tries"])
        assert letter["state"] != "sent" or letter["id"] in mailed, letter["name"]


def nothing_doubled(house: Driven) -> None:
    """No letter leaves twice, unless its first answer was lost or the process died, or could not write, before it was recorded."""
    first = dict[str, int]()
    for call, _, letter in house.faults.taken:
        assert letter not in first or house.faults.excused(first[letter]), letter
        first[letter] = call


def nothing_waits(house: Driven) -> None:
    """Nothing in the index is due, nothing was parked and no message waits. One may be with the dead letters, after five deaths of its
    worker: what it asked for is due all the same."""
    due = [row for rows in house._due().partitions.values() for row, at in zip(rows, look(rows), strict=True) if at <= house.time]
    assert due == [], due
    parked = {name: n for name, n in house.counted.items() if name == "Parked" or "UnhandledError" in name}
    assert house.counted["Parked"] == 0, parked
    waiting = {worker.queue: messages for worker in WORKERS if (messages := house._queue(worker).messages)}
    assert waiting == {}, waiting
