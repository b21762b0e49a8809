"""Access: who may read a case and act on it, the moves offered to a person, access links, and rate limits."""
