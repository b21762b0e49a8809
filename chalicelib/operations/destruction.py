"""The destruction of personal data. Each hour a worker decides for the cases whose time of retention is over,
and destroys the data for which the destruction was decided at least a day ago. The day leaves
time to send the letter about it, and to stop a mistake by a hold."""

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import suppress
from datetime import date, datetime, timedelta
from itertools import takewhile
from typing import Protocol

from chalicelib.access.authorization import CLOCK, NotFound
from chalicelib.cases.casework import Casework, Meters, Newer, Unreadable
from chalicelib.cases.dossier import Dossier
from chalicelib.domain.concerned import concerned
from chalicelib.domain.engine.declare import move_names
from chalicelib.domain.frozen import frozen
from chalicelib.domain.model.case import Case, Refusal
from chalicelib.domain.model.codes import Role, Side, Stage
from chalicelib.domain.moves.feedback import answer_survey, give_opinion
from chalicelib.domain.moves.parties import change_contact, circle_of
from chalicelib.domain.moves.retention import begin_destruction, expire_data, kept_until, later
from chalicelib.domain.policy import names, policy
from chalicelib.logs import log
from chalicelib.operations.word_writer import word_months

WAITS = timedelta(days=1)
"""How long after the decision the data are destroyed."""
DAY = timedelta(days=1)
FIRST_DAY = date(2025, 1, 1)
"""The day with which the search for old cases begins. No installation has an older case."""
HAND_ON_MS = 20_000
"""If less time than this is left (milliseconds), the next hour goes on."""

OF_THEMSELVES = move_names(change_contact, answer_survey, give_opinion)
"""The moves in which a representative writes about themselves, and not for somebody else."""


class PersonalRows(Protocol):
    """The rows that hold personal data. `decided` yields what is to be destroyed: the number of the case, and
    the id of the person ("" for all people of the case). `erase` deletes all personal rows and texts of a
    case, and takes the case off the list. It leaves the rows of the files with the ids `stays`. `erase_part`
    does the same for one person: `ids` are the ids of the person and their representatives, `entries` the
    numbers of the entries whose words are theirs, `files` the ids of their files. Repeated, both delete what
    is left. `forget` deletes the keys by which officers find a case, except those with the keyed hashes
    `stays`. `forget_words` lists a case for the search files of these months. `reached` returns the last day
    (UTC) whose cases were looked at, of those that are kept for so many years; None at first. `reach` stores
    it."""

    def decided(self) -> Iterator[tuple[str, str]]: ...
    def erase(self, case: Case, stays: Collection[str] = ()) -> None: ...
    def erase_part(
        self, case: Case, party: str, ids: Collection[str], entries: Collection[int], files: Collection[str]
    ) -> None: ...
    def forget(self, case: Case, stays: Collection[str]) -> None: ...
    def forget_words(self, ref: str, months: Iterable[str]) -> None: ...
    def reached(self, years: int) -> date | None: ...
    def reach(self, years: int, day: date) -> None: ...


class Files(Protocol):
    """The store of evidence. `erase` deletes all files of a case in all versions, or only the file `id`. It
    leaves the files with the ids `but`. Raises Unavailable."""

    def erase(self, ref: str, id: str = "", but: Collection[str] = ()) -> None: ...


class Ledger(Protocol):
    """The ledger apart from the table, by which data are destroyed again after a restore of the table."""

    def erased(self, ref: str, now: datetime, party: str = "") -> None: ...


class CaseFile(Protocol):
    """The store of cases. `moved_on` yields the cases of a shard on which a move was taken on a day (UTC)."""

    def load(self, ref: str) -> Case: ...
    def dossier_of(self, case: Case) -> Dossier: ...
    def moved_on(self, day: date, shard: int) -> Iterator[str]: ...


@frozen
class Destruction:
    """The destruction of personal data. `shards` returns the number of shards of cases."""

    casework: Casework
    file: CaseFile
    rows: PersonalRows
    files: Files
    ledger: Ledger
    meters: Meters
    shards: Callable[[], int]
    now: Callable[[], datetime]

    def hour(self, left_ms: Callable[[], int]) -> int:
        """Destroy what is due, then decide for old cases, while time is left. Return how many cases, and
        people of joint cases, lost their data. `left_ms` returns the worker's remaining milliseconds."""

        def more() -> bool:
            return left_ms() > HAND_ON_MS

        done = sum(self._destroy(*one) for one in takewhile(lambda one: more(), self.rows.decided()))
        for years in sorted({policy(name).keep_years for name in names()}):
            self._decide(years, more)
        self.meters.count("DestroyHeartbeat")
        return done

    def _destroy(self, ref: str, party: str) -> bool:
        """Destroy the data of a case, or only those of one person of it (`party`). Return False if it is too
        early, if a hold or a doubt about the record stops it, or if only a newer release can read the case.
        First a move on the case begins it, so nobody acts on these data meanwhile. A destruction that broke
        off goes on."""
        with suppress(NotFound, Unreadable, Newer, Refusal):
            case = self.file.load(ref)
            part = next((one for one in case.retention.parts if one.of == party), None)
            decided = part.decided if part and not part.done else case.retention.to_destroy
            if decided and not case.doubted and self.now() >= decided + WAITS:
                case = self.casework.move(begin_destruction.__name__, ref, CLOCK, {"party": party or None})
            if case.retention.destroyed:
                self.ledger.erased(ref, self.now())
                self._erase(case)
                return True
            if party and case.erased(party):
                self.ledger.erased(ref, self.now(), party)
                self._erase_part(case, party)
                return True
        return False

    def _erase(self, case: Case) -> None:
        """Destroy the data of a whole case. The files of a person who left a joint case stay while the own
        case of this person has its data, because it shows them. They are destroyed with the own case."""
        files = self.file.dossier_of(case).files
        stays = [id for id, file in files.items() if self._reads(case, file["by"].get("party"))]
        if stays:
            log.info("files stay for another case", extra={"ref": case.ref, "files": len(stays)})
        self.files.erase(case.ref, but=stays)
        with suppress(NotFound):
            ref, party = case.together.origin or ("", "")
            if ref and (joint := self.file.load(ref)).retention.destroyed:
                self._erase_part(joint, party)
        self.rows.forget_words(case.ref, word_months(self.file.dossier_of(case)))
        self.rows.erase(case, stays)

    def _reads(self, joint: Case, sender: str | None) -> bool:
        """Return whether a case of its own shows the files that somebody sent to a joint case."""
        person = joint.party(joint.party(sender).represents or sender) if sender else None
        with suppress(NotFound):
            own = self.file.load(person.own) if person and person.left and person.own else None
            return bool(
                own
                and person
                and own.together.origin == (joint.ref, person.id)
                and not own.retention.destroyed
            )
        return False

    def _erase_part(self, case: Case, party: str) -> None:
        """Destroy the data of one person of a case. The words and files of a former representative stay,
        except words about themselves, since they belong to the represented side."""
        dossier, ids, person = self.file.dossier_of(case), circle_of(case, party), case.party(party)
        agent = bool(person.represents) or person.side == Side.BUSINESS
        files = [] if agent else [id for id, one in dossier.files.items() if one["by"].get("party") in ids]
        for id in files:
            self.files.erase(case.ref, id)
        for id in ids:
            self.files.erase(case.ref, f"mail-{id}-")
        theirs = _about_agent if agent else _theirs
        entries = [n for n in range(1, case.entries + 1) if theirs(dossier, n, ids)]
        left = self.casework.present_keys(dossier, without=ids, filing=1 not in entries)
        self.rows.forget(case, {key for one in left for key in self.casework.find_hashes(one.text)})
        self.rows.forget_words(case.ref, word_months(dossier))
        self.rows.erase_part(case, party, ids, entries, files)

    def _decide(self, years: int, more: Callable[[], bool]) -> None:
        """Decide for the cases that are kept for so many years and were last moved before that, one day after
        another, while `more` returns true. So the cost follows the cases that are due."""
        day = (self.rows.reached(years) or FIRST_DAY - DAY) + DAY
        while (over := later(day + DAY, years)) <= self.now().date():
            for shard in range(self.shards()):
                for ref in self.file.moved_on(day, shard):
                    if not more():
                        return
                    self._decide_on(ref, years, over)
            self.rows.reach(years, day)
            day += DAY

    def _decide_on(self, ref: str, years: int, over: date) -> None:
        """Decide to destroy the data of a case, if its time of retention was over on the day `over`. A case
        that is open, held, in doubt or destroyed is left alone."""
        with suppress(NotFound, Unreadable, Newer, Refusal):
            case = self.file.load(ref)
            mine = case.stage == Stage.CLOSED and policy(case.policy).keep_years == years
            if mine and not case.retention.destroyed and kept_until(case).date() <= over:
                self.casework.move(expire_data.__name__, ref, CLOCK, {})


def _theirs(dossier: Dossier, n: int, ids: Collection[str]) -> bool:
    """Return whether the words of entry `n` belong to the person with these `ids`: they wrote them, or the
    entry concerns them alone. The words about a thing that somebody took along are theirs if everybody who
    left has lost their data."""
    if not dossier.has_entry(n):
        return False
    line, case = dossier.line(n), dossier.case
    move, facts = line["move"], line["facts"]
    if isinstance(facts.get("asked"), dict):  # an approval, with the facts of the move that it let happen
        move, facts = facts["move"], facts["asked"]
    if Role[line["role"].upper()] & Role.PARTY and line["who"] in ids:
        return True
    gone = {party.id for party in case.parties if party.left and case.erased(party.id)}
    alone = gone == {party.id for party in case.parties if party.left and party.side == Side.CONSUMER}
    return concerned(case, move, line, facts) in {*ids, *([""] if alone else [])}


def _about_agent(dossier: Dossier, n: int, ids: Collection[str]) -> bool:
    """Return whether the words of entry `n` are about a former representative with these `ids`: the entry
    names them, or they gave their own addresses or opinion in it."""
    if not dossier.has_entry(n):
        return False
    line = dossier.line(n)
    asked = line["facts"].get("asked")
    facts = asked if isinstance(asked, dict) else line["facts"]
    own = line["move"] in OF_THEMSELVES and line["who"] in ids
    return own or not {facts.get("representative"), facts.get("party")}.isdisjoint(ids)
