"""The work on a case: load it, take one move, save it."""
