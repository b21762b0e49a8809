"""What the interface tells, as JSON, and the document that describes it."""
