"""Attacks of strangers and insiders on the running stack, bounded and only against this machine."""
