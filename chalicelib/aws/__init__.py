"""The only code that calls AWS. It translates every botocore or PynamoDB error into one of ours."""
