"""The functions that schedules and queues start."""
