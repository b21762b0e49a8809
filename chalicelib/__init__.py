"""Consumer rights protection and dispute handling: one complaint, one number, one timeline."""

import gc

gc.set_threshold(100_000)
"""A start makes some hundred thousand objects, and all of them stay. With Python's own threshold, 700, they
are looked through for garbage a hundred times meanwhile, which was a fifth of every start."""
