"""Calls to AWS, overheard: clients made meanwhile tell of each call, before it or after its answer."""
from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import botocore.handlers


@contextmanager
def overheard(event: str, hears: Callable[..., Any]) -> Iterator[None]:
    """Tell `hears` of every call, at botocore's `event` ("before-call", "after-call").

    What it answers to "before-call" is taken for AWS's own answer. Only clients that are made within hear
    it: enter before there is a house.
    """
    hook = (event, hears)
    botocore.handlers.BUILTIN_HANDLERS.append(hook)
    try:
        yield
    finally:
        botocore.handlers.BUILTIN_HANDLERS.remove(hook)
