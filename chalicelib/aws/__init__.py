"""The only code that knows AWS: every botocore or PynamoDB error becomes one of ours here."""
