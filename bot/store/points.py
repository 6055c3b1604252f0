"""Named places where a test may break in: stop the process, raise, or wait. Without a test they do nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

_hook: Callable[[str], None] | None = None


def point(name: str) -> None:
    """Pass a named place. Costs one comparison in production."""
    if _hook is not None:
        _hook(name)


@contextmanager
def armed(hook: Callable[[str], None]) -> Iterator[None]:
    """Call `hook` with the name of every place passed, on whichever thread passes it, until the block ends."""
    global _hook
    before, _hook = _hook, hook
    try:
        yield
    finally:
        _hook = before
