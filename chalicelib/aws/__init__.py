"""Everything that uses AWS: rows, case file, queues, mail, stores and keys. No other room knows AWS."""
