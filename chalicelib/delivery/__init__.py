"""The delivery of letters: the values for their text, sending, daily digests, one-time codes, and short
messages."""
