"""The local run (`make run`): the deployable package on a local AWS emulator. The demo plays complaints on
it."""
