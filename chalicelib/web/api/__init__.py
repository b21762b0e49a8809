"""The JSON interface: the types of its answers, how they are made, and the OpenAPI document that describes
it."""
