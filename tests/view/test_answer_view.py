"""Views of the answer: for a page, for a letter as of its entry, and for the company."""

from __future__ import annotations

from chalicelib.domain.model.codes import EvidenceKind, Result
from chalicelib.domain.moves.answer import answer, file_report
from chalicelib.view.answer import answer_view
from tests.domain.life import contested, decided, disputed, seated, talking
from tests.domain.promises import speaks
from tests.view.read import addressee, party


def test_first_answer_stays_visible_after_reconsideration() -> None:
    """A party sees reasons and evidence of the first answer after a reconsideration. The company sees the
    changed conclusion without its reason."""
    asked = contested()
    life = talking(disputed(decided(Result.CHANGED, seated(asked))))
    mine, theirs = answer_view(party(life)), answer_view(party(life, speaks(life, "business")))
    assert mine
    assert theirs
    assert (mine.matters[0].conclusion, theirs.matters[0].conclusion) == ("not_upheld", "upheld")
    assert mine.matters[0].findings[0].evidence == (("E1", EvidenceKind.STATEMENT),)
    assert (mine.given, theirs.matters[0].reason) == (life.case.taken[answer.__name__], "")


def test_a_letter_tells_it_as_it_stood_then() -> None:
    """A letter shows the answer of its own entry. After the case was sent back, the page shows no answer."""
    life = decided(Result.SENT_BACK)
    given = addressee(life).dossier.last(file_report)
    now, then = answer_view(addressee(life)), answer_view(addressee(life), until=life.case.entries)
    assert now is None
    assert then
    assert then.entry == given
    assert then.rights
    assert then.rules
    assert answer_view(party(life)) is None
