"""The local run (`make run`): the deployment package on a local AWS emulator. The demo (`make demo`) plays
complaints on it."""
