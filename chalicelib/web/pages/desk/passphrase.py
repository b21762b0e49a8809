"""The passphrase that an officer reads out to a party without mail."""

from chalicelib.domain.model.case import Case
from chalicelib.domain.moves.intake import submit
from chalicelib.domain.moves.parties import renew_link
from chalicelib.web.pages.desk.reading import Reading
from chalicelib.wiring import product


def spoken_passphrase(reading: Reading, done: str) -> str:
    """Return the passphrase that the officer reads out to a party without mail, or "". `done`: the move just
    taken.

    Only the officer who has just recorded the complaint or renewed the passphrase gets it. If a passphrase
    was renewed later, the officer who recorded the complaint does not get the new one."""
    n = {submit.__name__: 1, renew_link.__name__: reading.case.entries}.get(done, 0)
    line = reading.dossier.line(n) if n else {}
    if not n or (line["move"], line["who"]) != (done, reading.caller.who):
        return ""
    if n == 1:
        return first_phrase(reading.case)
    party = reading.case.party(line["facts"].get("party") or reading.case.consumers[0].id)
    return product.links.phrase(reading.case.ref, party.id, party.generation) if party.says_phrase else ""


def first_phrase(case: Case) -> str:
    """Return the passphrase of a new complaint. Return "" if its complainant gets mail, or if the passphrase
    was renewed since."""
    party = case.consumers[0]
    first = party.says_phrase and party.generation == 1
    return product.links.phrase(case.ref, party.id, party.generation) if first else ""
