"""The reference: an input of prompt_toolkit in a loop that does nothing else."""

from __future__ import annotations

import asyncio

from prompt_toolkit import PromptSession


async def _ask() -> None:
    session: PromptSession[str] = PromptSession("> ")
    while True:
        await session.prompt_async()


if __name__ == "__main__":
    asyncio.run(_ask())
