"""Every phase of the process declares its moves here; importing this package declares them all."""
from chalicelib.domain.moves import closing, information, intake, work

__all__ = ["closing", "information", "intake", "work"]
