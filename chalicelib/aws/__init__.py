"""AWS, and nothing else knows it: rows, case file, queues, mail, stores and keys."""
