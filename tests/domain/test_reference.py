"""Case numbers that people read out and type."""

from __future__ import annotations

from hypothesis import given, strategies as st

from chalicelib.domain.reference import read, reference, shown

NUMBERS = st.integers(0, 2**64 - 1).map(reference)
FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")


@given(st.integers(0, 2**64 - 1))
def test_a_number_has_twelve_digits_and_no_leading_zero(random: int) -> None:
    """A number has 11 random digits and a check digit; any random whole number makes one."""
    number = reference(random)
    assert len(number) == 12
    assert number.isdecimal()
    assert number[0] != "0"
    assert read(number) == number


@given(NUMBERS)
def test_a_number_is_read_as_people_type_it(number: str) -> None:
    """Dashes, spaces, full-width digits, other scripts' digits and long dashes are accepted."""
    assert shown(number) == f"{number[:4]}-{number[4:8]}-{number[8:]}"
    arabic = "".join(chr(0x660 + int(digit)) for digit in number)
    for typed in (
        shown(number),
        f" {number[:4]} {number[4:]}\t",
        shown(number).translate(FULL_WIDTH),
        shown(number).replace("-", "－"),
        shown(number).replace("-", "—"),
        arabic,
    ):
        assert read(typed) == number


@given(NUMBERS, st.integers(0, 11), st.integers(1, 9))
def test_one_wrong_digit_is_noticed(number: str, at: int, by: int) -> None:
    """Any single wrong digit is noticed."""
    wrong = number[:at] + str((int(number[at]) + by) % 10) + number[at + 1 :]
    assert read(wrong) is None


@given(st.text(max_size=20))
def test_read_returns_none_for_any_other_text(text: str) -> None:
    """Any other text, in any script, returns None without an error."""
    found = read(text)
    assert found is None or len(found) == 12


def test_a_number_is_looked_for_in_sixty_characters() -> None:
    """Spaces and dashes may stand between the digits; a longer text is not read."""
    number = reference(1)
    assert (read(number.rjust(60)), read(number.rjust(61))) == (number, None)


def test_read_returns_none_for_a_wrong_length_or_letters() -> None:
    """An empty text, letters, fractions, superscripts, and a digit too many or too few return None."""
    number = reference(1)
    assert [
        read(text) for text in ("", "abc", number[:-1], number + "0", "½" * 12, "²" * 12, "CASE#" + number)
    ] == [None] * 7
