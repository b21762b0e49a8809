"""The cases: load one, take one move, save it."""
