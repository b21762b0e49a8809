"""The functions that schedules and queues wake."""
