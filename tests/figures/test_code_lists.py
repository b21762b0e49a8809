"""The dictionary of the figures: each coded column has a code list, and each code a label."""

from __future__ import annotations

from collections import defaultdict

from chalicelib.figures.code_lists import OF_PUBLISHED, lists
from chalicelib.figures.export_rows import learnt, rows
from chalicelib.figures.published import COLUMNS
from chalicelib.figures.tables import KEPT, TABLES
from chalicelib.locale.formats import LANGUAGES, texts
from chalicelib.web.pages.figures_dictionary import labelled, report_lists
from tests.letters import real_letters as played

FREE = {"ref", "id", "policy", "team", "company", "brand", "owner", "person", "repeats", "term", "who"}
"""The text columns without a code list: numbers, digests, terms, and names that the roster or the policy
keeps."""


def test_each_exported_code_is_in_the_list_of_its_column() -> None:
    """The rows of real lives have no code that the dictionary lacks."""
    unknown = defaultdict[tuple[str, str], set[str]](set)
    seen = set[tuple[str, str]]()
    kinds = ("tested", "mediated", "settled", "decided_again", "destroyed", "improved")
    for life in [life for name in kinds for life in [*getattr(played, name)()]]:
        told = rows(life.case, life.lines) if life.case.matters else learnt(life.case, life.lines)
        for table, row in told:
            for name, column in TABLES[table].items():
                if column.codes and name in row:
                    before = {"sub_type": row.get("type"), "event": row.get("move")}.get(column.codes)
                    code = f"{before}/{row[name]}" if before else row[name]
                    seen.add((table, name))
                    if code not in lists()[column.codes]:
                        unknown[table, name].add(code)
    assert not unknown, "add these codes to figures/code_lists.py"
    assert len(seen) > 20


def test_each_column_of_codes_has_a_list_and_each_code_a_label() -> None:
    """Each text column has a code list, or is known to have none. Lists and codes have labels in both
    languages. Each column has words."""
    coded = {(table, name): column for table, columns in KEPT.items() for name, column in columns.items()}
    without = {name for (_, name), one in coded.items() if one.kind == "varchar" and not one.codes}
    assert without == FREE
    named = {one.codes for one in coded.values() if one.codes} | {*OF_PUBLISHED.values()}
    assert named == lists().keys()
    assert lists().keys().isdisjoint(report_lists())
    assert {*lists(), *report_lists()} == texts("en")["page"]["dictionary"]["list"].keys()
    assert {(table, name) for table, name in OF_PUBLISHED if name not in COLUMNS[table]} == set()
    for language in LANGUAGES:
        words = texts(language)["page"]["dictionary"]["column"]
        assert {table: [*said] for table, said in words.items()} == {
            table: [*columns] for table, columns in KEPT.items()
        }
        for name, codes in {**lists(), **report_lists()}.items():
            assert [code for code in codes if not labelled(language, name, code)] == []
