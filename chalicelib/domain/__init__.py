"""The process itself, in plain Python: no AWS, no HTTP, no environment; time and ids come in as arguments."""
