"""Evidence: the files that people upload, from their declaration to their check and their thumbnail."""
