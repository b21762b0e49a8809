"""The tables of the export: their columns, the meaning of each column, and the corresponding fields of the
CFPB's public complaint database (consumerfinance.gov/data-research/consumer-complaints, 2026)."""

from collections.abc import Mapping
from typing import Literal, NamedTuple

Kind = Literal["varchar", "bigint", "boolean", "date", "timestamp"]
"""The type of a column, under the name that DuckDB, Athena and Parquet share. A timestamp is in UTC."""


class Column(NamedTuple):
    """A column of an exported table. `kind`: its type. `says`: its meaning in words. `cfpb`: the
    corresponding field of the CFPB's database, or ""."""

    kind: Kind
    says: str
    cfpb: str = ""


Columns = Mapping[str, Column]
REF = Column("varchar", "the number of the complaint", "Complaint ID")
COMPLAINTS: Columns = {
    "ref": REF,
    "received_at": Column("timestamp", "when the consumer said it", "Date received"),
    "recorded_at": Column("timestamp", "when it was written down here", "Date sent to company"),
    "channel": Column("varchar", "how it reached us", "Submitted via"),
    "policy": Column("varchar", "under which version of the lengths and ladders it runs"),
    "team": Column("varchar", "the team that has it"),
    "stage": Column("varchar", "at which stage it is"),
    "outcome": Column("varchar", "with what it was closed", "Company response to consumer"),
    "closed_at": Column("timestamp", "since when it is closed"),
    "severity": Column("varchar", "how serious it is, as somebody set it"),
    "type": Column("varchar", "what its first matter is about", "Issue"),
    "sub_type": Column("varchar", "the same, closer", "Sub-issue"),
    "subject": Column("varchar", "whether goods or a service was bought", "Product"),
    "class": Column("varchar", "the class of these goods or this service", "Sub-product"),
    "company": Column(
        "varchar",
        "whom it is about, if that is a company that the policy lists; empty for any other name, which may "
        "be a person's",
        "Company",
    ),
    "brand": Column(
        "varchar", "which product or shop it names, if the policy lists that name; empty for any other name"
    ),
    "language": Column("varchar", "in which language the first of its people gets letters"),
    "region": Column(
        "varchar",
        "in which province it happened, as the consumer says (GB/T 2260); empty if abroad or if not said",
        "State",
    ),
    "hurt": Column("varchar", "whether somebody was hurt, or could be, as the consumer says"),
    "filed_as": Column("varchar", "whether it is a complaint, or only reports a violation"),
    "people": Column("bigint", "how many people complain together"),
    "represented": Column("boolean", "whether somebody speaks for a consumer", "Tags"),
    "story": Column("boolean", "whether somebody's story is published", "Consumer consent provided?"),
    "reopened": Column("bigint", "how often it was taken up again"),
    "joined": Column("boolean", "whether it goes on under another number"),
    "repeats": Column(
        "varchar",
        "a keyed digest of the first of its people, the type and the company together: the same in each of "
        "their complaints about both, and like no other digest",
    ),
}
MATTERS: Columns = {
    "ref": REF,
    "n": Column("bigint", "which point of the complaint, from 1"),
    "type": Column("varchar", "what it is about", "Issue"),
    "sub_type": Column("varchar", "the same, closer", "Sub-issue"),
    "amount": Column("bigint", "what it is about in money, in fen"),
    "accepted": Column("boolean", "whether it was accepted; empty until somebody decided"),
    "ground": Column("varchar", "on which ground it was declined"),
    "conclusion": Column("varchar", "what the answer says of it"),
}
RIGHTS: Columns = {
    "ref": REF,
    "code": Column("varchar", "a right of consumers that a matter touches, or that was examined"),
    "examined": Column("varchar", "what was found about it"),
}
CAUSES: Columns = {
    "ref": REF,
    "rank": Column("bigint", "1 for the main cause"),
    "code": Column("varchar", "a root cause that was found"),
    "found_at": Column("timestamp", "when the report, or who settled at once, said so"),
}
PROMISES: Columns = {
    "ref": REF,
    "id": Column("varchar", "which promise of the complaint"),
    "kind": Column("varchar", "what was promised"),
    "debtor": Column("varchar", "business, or consumer"),
    "agreed": Column("boolean", "whether it comes from an agreement"),
    "by_day": Column("date", "the last day for it (China)"),
    "state": Column("varchar", "how far it has come"),
    "state_at": Column("timestamp", "since when"),
    "done_on": Column("date", "the day on which it was performed (China); empty if no day was stated"),
    "breached": Column("boolean", "whether a breach was found that nobody has taken back"),
    "amount": Column("bigint", "what was promised in money, in fen; empty for anything else"),
    "offered": Column("boolean", "whether it is only offered, and nobody has accepted it"),
    "promised_at": Column("timestamp", "when it was promised, or promised anew with another day"),
    "person": Column(
        "varchar", "if the company owes it: a keyed digest of to whom, the same in each of their complaints"
    ),
}
HOLDERS: Columns = {
    "ref": REF,
    "n": Column("bigint", "from which entry of the timeline on they had it"),
    "since": Column("timestamp", "from when on"),
    "team": Column("varchar", "the team that had it"),
    "owner": Column("varchar", "the id of the person who owned it; empty if nobody did"),
}
MOVES: Columns = {
    "ref": REF,
    "n": Column("bigint", "which entry of the timeline"),
    "taken_at": Column("timestamp", "when"),
    "move": Column("varchar", "what was done, or what a second person's yes has done"),
    "asked": Column("boolean", "whether it only asks a second person for their yes"),
    "role": Column("varchar", "in which role"),
    "code": Column("varchar", "the code that the entry turns on: a ground, a reason, an ending, a measure"),
    "deadline": Column("varchar", "of a step of the clock: of which deadline"),
    "early": Column("boolean", "of a step of the clock: whether it only warns"),
    "waited_s": Column("bigint", "of a step of the clock: how many seconds late it was taken"),
    "decided": Column("bigint", "of a reconsideration: how many matters it decided"),
    "overturned": Column("bigint", "of a reconsideration: how many of them otherwise than before"),
    "conclusion": Column(
        "varchar",
        "of an answer, a settlement at once, or the decision of a reconsideration: what the answer says of "
        "the complaint as a whole; empty if it is investigated again",
    ),
    "person": Column(
        "varchar",
        "of a survey or an opinion: a keyed digest of who answers, the same in each of their complaints",
    ),
    **{
        question: Column("bigint", f"of a survey: how content with {asked}, from 1 to 5")
        for question, asked in {
            "overall": "everything",
            "ease": "how easy it was",
            "speed": "how fast it went",
            "fairness": "how fair it was",
            "clarity": "how clear the letters were",
        }.items()
    },
    **{
        question: Column(
            "bigint", f"of an opinion on the process: how far somebody agrees that {said}, from 1 to 5"
        )
        for question, said in {
            "findable": "it was easy to find where to complain",
            "predictable": "they knew what would happen next",
            "listened": "they were listened to",
            "alternatives": "they knew where else to turn",
            "trusting": "they would complain here again",
        }.items()
    },
}
LEARNING: Columns = {
    "ref": Column("varchar", "the number of an improvement action, or of a training"),
    "n": Column("bigint", "which entry of its timeline"),
    "taken_at": Column("timestamp", "when"),
    "move": Column("varchar", "what was done"),
    "team": Column("varchar", "the team that has it"),
    "verdict": Column("varchar", "of a look whether an action worked: what the figures say of its cause"),
    "cause": Column("varchar", "of an improvement action: the root cause that it is to take away"),
    "expected": Column(
        "bigint", "of such a look: how many complaints with the cause there would be without any change"
    ),
    "found": Column("bigint", "of such a look: how many complaints with the cause there were"),
}
TABLES: Mapping[str, Columns] = {
    "complaints": COMPLAINTS,
    "matters": MATTERS,
    "rights": RIGHTS,
    "causes": CAUSES,
    "promises": PROMISES,
    "holders": HOLDERS,
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
        "month": Column("date", "the first day of the month in which it was said (China)"),
        "type": Column(
            "varchar", "what the first matter of the complaint is about; empty of opinions on the process"
        ),
        "term": Column("varchar", "a word that stands in the answer, once for each answer"),
        "who": Column("varchar", "a keyed digest of the person and the term together"),
    },
}
"""The columns of every stored table, by the name of the table: the tables of the export, and `words`. Each
table is partitioned by `day` (UTC)."""
LAST = "moves"
"""The name of the table that is written last. If its file for a day is stored, the day counts as exported."""
