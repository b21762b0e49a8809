"""Every phase of the process declares its moves here, in the order in which a case meets them."""
from chalicelib.domain.moves import intake, information, work, closing  # noqa: I001  (the order of the process, not of the alphabet)

__all__ = ["closing", "information", "intake", "work"]
