"""The ground on which the application runs: resources, package, deployment and local run."""
