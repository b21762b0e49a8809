"""Laws that hold after every life, whatever failed in it, once all is quiet.

Each law reads through the product's public side alone.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import duckdb

from chalicelib.aws import rows
from chalicelib.aws.rows import Row
from chalicelib.documents.paperwork import agreement_key_of, application_key
from chalicelib.domain import timeline
from chalicelib.domain.calendar import instant
from chalicelib.domain.engine.declare import MOVES
from chalicelib.domain.engine.running import DEADLINES
from chalicelib.domain.model.case import Case
from chalicelib.domain.model.case_records import BUSINESS
from chalicelib.domain.model.letters import opened_by
from chalicelib.domain.policy import policy
from chalicelib.evidence.uploads import OPEN as OPEN_FILES, TEST_SIGNATURE, FileState, kept_as
from chalicelib.figures.nightly import EXPORT
from chalicelib.figures.tables import LAST
from chalicelib.locale.formats import LANGUAGES, texts
from tests.cloud.driven import WORKERS, Driven, look
from tests.scenario import T0

QUIET = timedelta(days=4)
"""The time without faults after which nothing is pending."""
OPEN = ("owed", "sending", "failing")
"""States in which a letter may not remain."""
REMARK = re.compile("|".join(re.escape(texts(one)["words"]["withheld"]) for one in LANGUAGES))
"""The remark in a mail in place of words that the mail leaves out."""
WINDOWS = {
    move: DEADLINES[name]
    for name, rule in policy("default-1").rules.items()
    for step in rule.ladder
    for move in step.take.split(" | ")
    if move.startswith("lapse_")
}
"""The window that ends with each lapse."""


def hold(scenario: Driven) -> None:
    """Assert all laws on everything in the scenario; raise AssertionError with the first that fails."""
    for ref in refs(scenario):
        nothing_lost(scenario, ref)
        no_step_doubled(scenario, ref)
        letters_end(scenario, ref)
        no_window_lapsed_unheard(scenario, ref)
        pages_show_what_was_said(scenario, ref)
        nothing_doubted(scenario, ref)
        scenario.moves(ref)  # the chain, and when the index says to look next
        sealed_once(scenario, ref)
        files_decided(scenario, ref)
    nothing_kept_unknown(scenario)
    days_exported_once(scenario)
    nights_signed(scenario)
    links_open(scenario)
    no_letter_doubled(scenario)
    nothing_waits(scenario)


def law(name: str, holds: bool, *told: Any) -> None:
    """Assert a law by its name, with evidence."""
    assert holds, f"{name}: {', '.join(map(str, told))}"


def refs(scenario: Driven) -> list[str]:
    """Return the numbers of all cases."""
    table = scenario.cloud.tables[Row.Meta.table_name]
    return sorted(pk.removeprefix("CASE#") for pk, sk in table.items if sk == "CASE")


def nothing_lost(scenario: Driven, ref: str) -> None:
    """Assert that the timeline holds each accepted move once and no other, and that its chain verifies."""
    dossier = scenario.product.file.whole(ref)
    law("the chain verifies", timeline.verify(dossier.entries, dossier.case) is None, ref)
    lines = [json.loads(entry.line) for entry in dossier.entries]
    # the worker adds a file later in the sender's name; `files_decided` counts these
    people = (line for line in lines if line["role"] != "clock" and not line["facts"].get("file"))
    taken = Counter(line["move"] for line in people)
    accepted = Counter({name: n for (of, name), n in scenario.accepted.items() if of == ref})
    law("nothing lost", not accepted - taken, accepted - taken)
    law("nothing doubled", not taken - accepted, taken - accepted)


def nothing_doubted(scenario: Driven, ref: str) -> None:
    """Assert that every row of a case is as the product wrote it."""
    law("nothing doubted", not scenario.product.file.load(ref).doubts, ref)
    law("the record is whole", not scenario.product.record.check(ref), ref)


def no_step_doubled(scenario: Driven, ref: str) -> None:
    """Assert that the clock takes each step of a deadline once."""
    steps = Counter((step["run"], step["step"], step["due"]) for step in scenario.lines(ref, "take_step"))
    law("no step doubled", all(n == 1 for n in steps.values()), steps.most_common(1))


def letters_end(scenario: Driven, ref: str) -> None:
    """Assert that every letter has ended, and that each one marked sent has left."""
    mailed = {
        mail.tags["letter"].replace("_", ".") for mail in scenario.cloud.mails if mail.tags.get("ref") == ref
    }
    for letter in scenario.product.file.whole(ref).letters:
        told = letter["name"], letter["to"], letter["state"], letter["tries"]
        law("every letter ends", letter["state"] not in OPEN, *told)
        law("what is sent has left", letter["state"] != "sent" or letter["id"] in mailed, *told)


def pages_show_what_was_said(scenario: Driven, ref: str) -> None:
    """Assert that each text that a party ever saw is, byte for byte, one that was sent or read out, or that
    was stored with a mail that left out words; the access link apart. No page sends its reader to a page.

    A letter that is never sent is fetched by its first reader. Then it says the same at each later reading.
    """
    scenario.read_pages()
    sent = defaultdict[str, list[str]](list)
    for mail in scenario.cloud.mails:
        if mail.tags.get("ref") == ref:
            sent[mail.tags["letter"].replace("_", ".")].append(private_parts_out(mail.plain))
    for letter in scenario.product.file.whole(ref).letters:
        seen = list(dict.fromkeys(scenario.seen[ref, letter["id"]]))
        whole = (letter["sent"] or {}).get("whole")
        said = {*([whole] if whole else sent[letter["id"]]), *scenario.read_out[ref, letter["id"]]}
        fetched = [text for text in seen if text not in said]
        told = letter["name"], letter["state"], letter["way"]
        law("a page shows what was said", not fetched or fetched == seen[:1], *told, *fetched)
        law("a page has all words", not [text for text in seen if REMARK.search(text)], *told, *seen)
        law("only what is never sent is fetched", not (fetched and letter["state"] == "sent"), *told)


def private_parts_out(text: str) -> str:
    """Return the text of a mail as pages show it: without the links of its reader and without a code."""
    return re.sub(r"https?://\S+?/(?:case|address)/\d+/[\w-]+", "…", text.replace("\r\n", "\n"))


def no_window_lapsed_unheard(scenario: Driven, ref: str) -> None:
    """Assert that no window lapses before its last letter was delivered.

    The letter was sent, told or ready to be fetched. It may be the party's own or that of another reader for
    the same person.
    """
    letters, since = scenario.product.file.whole(ref).letters, letters_reached(scenario, ref)
    for line in (json.loads(entry.line) for entry in scenario.product.file.whole(ref).entries):
        if line["move"] not in WINDOWS or line["role"] != "clock":
            continue
        of = line["facts"].get("offer") or line["facts"].get("signer") or ""
        keys = {
            f"{name}#{of}" if of.startswith("F") or of == BUSINESS else name
            for name in opened_by(WINDOWS[line["move"]].name)
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
                    since.get(id, scenario.time) <= instant(line["at"])
                    for id in (letter["id"], *letter["beside"])
                ),
                line["move"],
                line["at"],
                letter["key"],
                letter["to"],
                letter["at"],
                letter["state"],
            )


def letters_reached(scenario: Driven, ref: str) -> dict[str, datetime]:
    """Return since when the reader of each letter could read it or had it read to them."""
    sent = [
        (mail.tags["letter"].replace("_", "."), mail.at)
        for mail in scenario.cloud.mails
        if mail.tags.get("ref") == ref
    ]
    fetched = [
        (letter["id"], instant(letter["at"]))
        for letter in scenario.product.file.whole(ref).letters
        if letter["state"] == "to be fetched"
    ]
    lines = (json.loads(entry.line) for entry in scenario.product.file.whole(ref).entries)
    told = [
        (line["facts"]["telling"], instant(line["at"]))
        for line in lines
        if line["move"] == "record_telling" and line["facts"]["told"]
    ]
    return dict(sorted((*sent, *fetched, *told), key=lambda found: found[1], reverse=True))


def no_letter_doubled(scenario: Driven) -> None:
    """Assert that no letter leaves twice.

    The exceptions are a lost answer, and a process that died or could not write before the record.
    """
    first = dict[str, int]()
    for call, _, letter in scenario.faults.taken:
        law("no letter doubled", letter not in first or scenario.faults.excused(first[letter]), letter)
        first[letter] = call


def nothing_waits(scenario: Driven) -> None:
    """Assert that no row is overdue or parked and no message waits.

    Rows due this minute are not overdue. A dead letter, after five deaths of its worker, is permitted since
    the due row remains.
    """
    due = [at for rows in scenario._due().partitions.values() for at in look(rows) if at < scenario.time]
    law("the index holds nothing that is due, and nothing is parked", not due, due)
    waiting = {worker.queue: messages for worker in WORKERS if (messages := scenario._queue(worker).messages)}
    law("no message waits", not waiting, waiting)


def sealed_once(scenario: Driven, ref: str) -> None:
    """Assert that an agreement in force is sealed and recorded once.

    The kept document has the recorded digest and a valid seal over the signed text.
    """
    case = scenario.product.file.load(ref)
    if case.bound is None or case.bound.in_force is None:
        return
    sealed, recorded = case.bound.sealed, scenario.moves(ref).count("record_seal")
    law("an agreement in force is sealed once", sealed is not None and recorded == 1, ref, recorded)
    assert sealed
    pdf = scenario.product.archive.read(agreement_key_of(case))
    law("the sealed one is kept", (sha256(pdf).hexdigest(), len(pdf)) == (sealed.sha256, sealed.size), ref)
    told = scenario.product.documents.office.sealed(pdf)  # raises for a seal that is not valid
    law("the seal is over the text", told["digest"] == case.bound.digest, ref)
    if sealed.application:
        form = scenario.product.archive.read(application_key(agreement_key_of(case)))
        law("the application is kept", sha256(form).hexdigest() == sealed.application, ref)


def files_decided(scenario: Driven, ref: str) -> None:
    """Assert that every sent file is decided.

    A kept file is unchanged, in one version, and once in evidence; evidence has no other files.
    """
    dossier = scenario.product.file.whole(ref)
    found = {id: kept_as().validate_python(row) for id, row in dossier.files.items()}
    sent = {id for of, id in scenario.uploaded if of == ref}
    law("no declared file is lost", sent <= found.keys(), sent - found.keys())
    lines = (json.loads(entry.line) for entry in dossier.entries)
    pieces = Counter(line["facts"]["file"]["id"] for line in lines if line["facts"].get("file"))
    store = scenario.cloud.files.held[scenario.product.setting("EVIDENCE")].files
    for id in sent:
        upload, content = found[id], scenario.uploaded[ref, id]
        kept = [version.body for version in store.get(f"evidence/{ref}/{id}", ())]
        told = id, upload.state, upload.why, pieces[id], len(kept)
        # a file that waited longer than the quarantine keeps files must be sent again
        over = any(start < upload.until and upload.at < end for start, end in scenario.still)
        law("every file is decided", over or upload.state not in OPEN_FILES, *told)
        if TEST_SIGNATURE in content:
            law("malware is not kept", (upload.state, kept, pieces[id]) == (FileState.INFECTED, [], 0), *told)
        elif upload.state == FileState.KEPT:
            law("what is kept is what was sent", kept == [content], *told)
            law("what is kept is evidence once", pieces[id] == 1, *told)
            law("its digest is told", upload.sha256 == sha256(content).hexdigest(), *told)
        else:
            law("what is refused is not kept", (kept, pieces[id]) == ([], 0), *told)
    law("no file without its row is evidence", pieces.keys() <= found.keys(), pieces)


def nothing_kept_unknown(scenario: Driven) -> None:
    """Assert that every stored file has its row and quarantine is empty.

    Every archived document is recorded and has one version.
    """
    store = scenario.cloud.files.held[scenario.product.setting("EVIDENCE")].files
    for key in store:
        folder, _, name = key.partition("/")
        if folder in ("evidence", "thumbs"):
            ref, id = name.split("/")
            upload = scenario.product.uploads.rows.find(ref, id)
            law("what is kept has its row", upload is not None and upload.state == FileState.KEPT, key)
    left = [key for key in store if key.startswith("incoming/")]
    law("nothing is left where files arrive", not left, left)
    archive = scenario.cloud.files.held[scenario.product.setting("SEALED")].files
    twice = [key for key, versions in archive.items() if len(versions) > 1]
    law("nothing is archived twice", not twice, twice)
    bound = {
        agreement_key_of(case) for case in map(scenario.product.file.load, refs(scenario)) if sealed_of(case)
    }
    known = bound | {application_key(key) for key in bound}
    strange = [key for key in archive if key.startswith("agreements/") and key not in known]
    law("what is archived is recorded", not strange, strange)


def sealed_of(case: Case) -> bool:
    """Return whether the agreement of a case is sealed."""
    return bool(case.bound and case.bound.sealed)


def days_exported_once(scenario: Driven) -> None:
    """Assert that every past day is exported with exactly its moves, if the night schedule runs."""
    if not any(schedule.name == "night" for schedule in scenario.hourly):
        return
    store = scenario.cloud.files.held[scenario.product.setting("FIGURES")].files
    exported = {key for key in store if key.startswith(f"{EXPORT}{LAST}/")}
    missing = scenario.product.figures.missing(T0.date())
    law("no day is missing", not missing, missing)
    lines = defaultdict[str, list[tuple[str, int]]](list)
    for ref in refs(scenario):
        for line in (json.loads(entry.line) for entry in scenario.product.file.whole(ref).entries):
            if line["move"] in MOVES:
                lines[line["at"][:10]].append((ref, line["n"]))
    for key in exported:
        day = key.partition("day=")[2][:10]
        body = store[key][-1].body
        assert body is not None
        with NamedTemporaryFile(suffix=".parquet") as file:
            Path(file.name).write_bytes(body)
            told = duckdb.sql(f"select ref, n from '{file.name}'").fetchall()
        law("a day is exported as it was", sorted(told) == sorted(lines[day]), day, told, lines[day])


def nights_signed(scenario: Driven) -> None:
    """Assert that each day and shard has a list signed by us, if the record schedule runs."""
    if not any(schedule.name == "record" for schedule in scenario.hourly):
        return
    # yesterday's list is made in the first hour of today, which may still be to come
    for n in range((scenario.time.date() - T0.date()).days - 1):
        day = T0.date() + timedelta(days=n)
        for shard in range(rows.shards()[1]):
            before = scenario.counted["RecordChanged"]
            scenario.product.record.lists.of_day(day, shard)
            law("each night's list is signed", scenario.counted["RecordChanged"] == before, day, shard)


def links_open(scenario: Driven) -> None:
    """Assert that links made before a change of keys still open, and that people are found by address."""
    for ref, party, token in scenario.tokens:
        known = scenario.product.file.load(ref).party(party)
        opens = scenario.product.links.fits(token, ref, party, known.generation)
        law("a link of before still opens", opens, ref, party)
        found = scenario.product.casework.related(scenario.product.file.load(ref))
        law("everybody is found", set(found) == set(refs(scenario)) - {ref}, ref, found)
