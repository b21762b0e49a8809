"""The tables of the export: their columns, the meaning of each column, and the corresponding fields of the
CFPB's public complaint database (consumerfinance.gov/data-research/consumer-complaints, 2026)."""

from collections.abc import Mapping
from typing import Literal, NamedTuple

Kind = Literal["varchar", "bigint", "boolean", "date", "timestamp"]
"""The type of a column, under the name that DuckDB, Athena and Parquet share. A timestamp is in UTC, and a
date is in the time of China."""


class Column(NamedTuple):
    """A column of an exported table. `kind`: its type. `cfpb`: the corresponding field of the CFPB's
    database, or "". `codes`: the name of its code list (see `figures.code_lists`), or "". The meaning of a
    column is in `locale/`, in the file `pages/dictionary.json`."""

    kind: Kind
    cfpb: str = ""
    codes: str = ""


Columns = Mapping[str, Column]
REF = Column("varchar", cfpb="Complaint ID")
QUESTIONS = ("overall", "ease", "speed", "fairness", "clarity")
"""The questions of the survey."""
OPINIONS = ("findable", "predictable", "listened", "alternatives", "trusting")
"""The questions on the process."""
COMPLAINTS: Columns = {
    "ref": REF,
    "received_at": Column("timestamp", cfpb="Date received"),
    "recorded_at": Column("timestamp", cfpb="Date sent to company"),
    "channel": Column("varchar", cfpb="Submitted via", codes="channel"),
    "policy": Column("varchar"),
    "team": Column("varchar"),
    "stage": Column("varchar", codes="stage"),
    "outcome": Column("varchar", cfpb="Company response to consumer", codes="outcome"),
    "closed_at": Column("timestamp"),
    "severity": Column("varchar", codes="severity"),
    "type": Column("varchar", cfpb="Issue", codes="type"),
    "sub_type": Column("varchar", cfpb="Sub-issue", codes="sub_type"),
    "subject": Column("varchar", cfpb="Product", codes="subject_kind"),
    "class": Column("varchar", cfpb="Sub-product", codes="class"),
    "company": Column("varchar", cfpb="Company"),
    "brand": Column("varchar"),
    "language": Column("varchar", codes="language"),
    "region": Column("varchar", cfpb="State", codes="region"),
    "hurt": Column("varchar", codes="hurt"),
    "filed_as": Column("varchar", codes="filed_as"),
    "people": Column("bigint"),
    "represented": Column("boolean"),
    "needs_help": Column("boolean"),
    "story": Column("boolean", cfpb="Consumer consent provided?"),
    "reopened": Column("bigint"),
    "joined": Column("boolean"),
    "repeats": Column("varchar"),
}
MATTERS: Columns = {
    "ref": REF,
    "n": Column("bigint"),
    "type": Column("varchar", cfpb="Issue", codes="type"),
    "sub_type": Column("varchar", cfpb="Sub-issue", codes="sub_type"),
    "amount": Column("bigint"),
    "accepted": Column("boolean"),
    "ground": Column("varchar", codes="decline_ground"),
    "conclusion": Column("varchar", codes="conclusion"),
}
RIGHTS: Columns = {
    "ref": REF,
    "code": Column("varchar", codes="right"),
    "examined": Column("varchar", codes="examined"),
}
CAUSES: Columns = {
    "ref": REF,
    "rank": Column("bigint"),
    "code": Column("varchar", codes="cause"),
    "found_at": Column("timestamp"),
}
PROMISES: Columns = {
    "ref": REF,
    "id": Column("varchar"),
    "kind": Column("varchar", codes="obligation_kind"),
    "debtor": Column("varchar", codes="side"),
    "agreed": Column("boolean"),
    "by_day": Column("date"),
    "state": Column("varchar", codes="duty"),
    "state_at": Column("timestamp"),
    "done_on": Column("date"),
    "breached": Column("boolean"),
    "amount": Column("bigint"),
    "offered": Column("boolean"),
    "promised_at": Column("timestamp"),
    "person": Column("varchar"),
}
HOLDERS: Columns = {
    "ref": REF,
    "n": Column("bigint"),
    "since": Column("timestamp"),
    "team": Column("varchar"),
    "owner": Column("varchar"),
}
MOVES: Columns = {
    "ref": REF,
    "n": Column("bigint"),
    "taken_at": Column("timestamp"),
    "move": Column("varchar", codes="move"),
    "asked": Column("boolean"),
    "role": Column("varchar", codes="role"),
    "code": Column("varchar", codes="event"),
    "deadline": Column("varchar", codes="deadline"),
    "early": Column("boolean"),
    "waited_s": Column("bigint"),
    "decided": Column("bigint"),
    "overturned": Column("bigint"),
    "conclusion": Column("varchar", codes="concluded"),
    "person": Column("varchar"),
    **dict.fromkeys((*QUESTIONS, *OPINIONS), Column("bigint")),
}
REOPENINGS: Columns = {"ref": REF, "closed_at": Column("timestamp"), "reopened_at": Column("timestamp")}
LEARNING: Columns = {
    "ref": Column("varchar"),
    "n": Column("bigint"),
    "taken_at": Column("timestamp"),
    "move": Column("varchar", codes="move"),
    "team": Column("varchar"),
    "verdict": Column("varchar", codes="verdict"),
    "cause": Column("varchar", codes="cause"),
    "expected": Column("bigint"),
    "found": Column("bigint"),
}
TABLES: Mapping[str, Columns] = {
    "complaints": COMPLAINTS,
    "matters": MATTERS,
    "rights": RIGHTS,
    "causes": CAUSES,
    "promises": PROMISES,
    "holders": HOLDERS,
    "reopenings": REOPENINGS,
    "learning": LEARNING,
    "moves": MOVES,
}
"""The columns of each exported table, by the name of the table. Every table is partitioned by `day` (UTC).

A complaint that moved on several days has rows for each of these days. Only its rows of the newest day are
used, except in the tables `ENTRIES`."""
ENTRIES = frozenset({"moves", "learning"})
"""The tables of timeline entries, in which the rows of all days are used."""
WORDS = "words"
"""The name of the table of terms in the free text of survey answers and of opinions on the process. The table
is stored apart from the export, because the export holds no free text. A row names neither the complaint nor
the other terms of the same person."""
KEPT: Mapping[str, Columns] = {
    **TABLES,
    WORDS: {
        "month": Column("date"),
        "type": Column("varchar", codes="type"),
        "term": Column("varchar"),
        "who": Column("varchar"),
    },
}
"""The columns of every stored table, by the name of the table: the tables of the export, and `words`. Each
table is partitioned by `day` (UTC)."""
LAST = "moves"
"""The name of the table that is written last. If its file for a day is stored, the day counts as exported."""
