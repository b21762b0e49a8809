"""What keeps the system going: the clock, the roster's cover, the watch over the record."""
