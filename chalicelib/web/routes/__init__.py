"""The routes. Each route identifies the caller, checks that they may make this request, and calls other
modules to answer."""
