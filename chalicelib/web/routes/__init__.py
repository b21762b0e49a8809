"""The routes. Each identifies the caller, checks that they may do this, and calls other modules to answer."""
