"""Access: permission to read and act, offers, links, and rate limits."""
