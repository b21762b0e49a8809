"""Evidence: files that people send, from their declaration to their check and their small picture."""
