"""Access: who may read and act, what is offered, links, and how often something may be asked for."""
