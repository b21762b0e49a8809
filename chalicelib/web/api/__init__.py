"""The JSON interface: its answers, and the document that describes it."""
