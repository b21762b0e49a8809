"""What the application runs on: its resources, its package, its deployment and its local run."""
