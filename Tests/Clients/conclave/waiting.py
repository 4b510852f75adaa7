"""Waiting for what other tasks do: until it holds, not for a while."""

from __future__ import annotations

import asyncio
from typing import Any, Callable


async def eventually(holds: Callable[[], Any], seconds: float = 30) -> Any:
    """What `holds` answers, or what its coroutine does, as soon as that is true."""
    end = asyncio.get_running_loop().time() + seconds
    while asyncio.get_running_loop().time() < end:
        result = holds()
        if asyncio.iscoroutine(result):
            result = await result
        if result:
            return result
        await asyncio.sleep(0.05)
    raise AssertionError("what should have happened did not")
