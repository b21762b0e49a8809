"""The situations from which the table of `chalicelib/domain/guesses.py` is made, and the script that makes
it."""
