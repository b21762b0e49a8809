"""Consumer rights protection and dispute handling: one complaint, one number, one timeline."""

import gc

gc.set_threshold(1_000_000)
"""The number of new objects at which the garbage collector runs during a start. A start makes more than a
hundred thousand objects, and all of them stay. One run over them would take a tenth of the time of the
start."""
