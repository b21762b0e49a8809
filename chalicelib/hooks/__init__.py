"""Webhooks: what they say, where they may go, when they are tried, and how they are sent."""
