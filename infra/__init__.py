"""The infrastructure: the AWS resources, the deployment package, its deployment, commands for operators, and
the local run."""
