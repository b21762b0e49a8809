"""The infrastructure: AWS resources, the package, its deployment, operator commands, and the local run."""
