"""Fetching and reading of the mails that arrive at our addresses. The reader opens no connection and writes
nothing."""
