"""`make run`: the deployable package on a local AWS emulator."""
