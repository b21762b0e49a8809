"""Letters on their way: their slots, sending, digests, one-time codes, short messages."""
