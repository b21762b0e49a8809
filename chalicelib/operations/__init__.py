"""The operation of the system: the clock, the roster's cover, the watch over the record."""
