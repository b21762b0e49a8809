"""What a stranger and an insider try against the running stack: bounded, and only against this machine."""
