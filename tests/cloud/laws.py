"""What holds of every life, whatever failed in it, once all is quiet. Each law reads through the product's
public side alone."""
from __future__ import annotations

import json
from collections import Counter
from datetime import timedelta
from typing import Any

from chalicelib.domain import timeline
from tests.cloud.driven import WORKERS, Driven, look

QUIET = timedelta(days=4)
"""After this time without faults nothing waits any more."""
OPEN = ("owed", "sending", "failing")
"""States in which a letter may not stay."""


def hold(house: Driven) -> None:
    """All laws hold of everything in the house; raises AssertionError with the first that does not."""
    for ref in refs(house):
        nothing_lost(house, ref)
        no_step_doubled(house, ref)
        letters_end(house, ref)
        house.moves(ref)                            # the chain, and when the index says to look next
    no_letter_doubled(house)
    nothing_waits(house)


def law(name: str, holds: bool, *told: Any) -> None:
    """Say which law does not hold, and what tells so."""
    assert holds, f"{name}: {', '.join(map(str, told))}"


def refs(house: Driven) -> list[str]:
    """The numbers of all cases."""
    (table,) = house.cloud.tables.values()
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


def no_step_doubled(house: Driven, ref: str) -> None:
    """The clock takes each step of a deadline once."""
    steps = Counter((step["run"], step["step"], step["due"]) for step in house.lines(ref, "take_step"))
    law("no step doubled", all(n == 1 for n in steps.values()), steps.most_common(1))


def letters_end(house: Driven, ref: str) -> None:
    """Every letter has come to an end, and one that is said to be sent has left."""
    mailed = {mail.tags["letter"].replace("_", ".") for mail in house.cloud.mails
              if mail.tags.get("ref") == ref}
    for letter in house.product.file.whole(ref).letters:
        told = letter["name"], letter["to"], letter["state"], letter["tries"]
        law("every letter ends", letter["state"] not in OPEN, *told)
        law("what is sent has left", letter["state"] != "sent" or letter["id"] in mailed, *told)


def no_letter_doubled(house: Driven) -> None:
    """No letter leaves twice, unless its first answer was lost or the process died, or could not write,
    before it was recorded."""
    first = dict[str, int]()
    for call, _, letter in house.faults.taken:
        law("no letter doubled", letter not in first or house.faults.excused(first[letter]), letter)
        first[letter] = call


def nothing_waits(house: Driven) -> None:
    """Nothing in the index is due, nothing was parked and no message waits. One may be with the dead letters,
    after five deaths of its worker: what it asked for is due all the same."""
    due = [at for rows in house._due().partitions.values() for at in look(rows) if at <= house.time]
    law("the index holds nothing that is due, and nothing is parked", not due, due)
    waiting = {worker.queue: messages for worker in WORKERS if (messages := house._queue(worker).messages)}
    law("no message waits", not waiting, waiting)
