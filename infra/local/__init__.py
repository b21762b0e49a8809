"""`make run`: the package that would be deployed, on a local AWS emulator."""
