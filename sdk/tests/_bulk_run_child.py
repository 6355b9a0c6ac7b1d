"""Makes providers in the processes of bulk runs."""

import os
import signal
from pathlib import Path
from typing import Any

from provider_sdk import ProviderAuthError

from ._bulk_run import Scripted, answer


def echoing() -> Scripted:
    """Answer each prompt with the number of the process."""
    print("this must not be taken for a message")

    async def reply(prompt: str) -> Any:
        return answer(f"{prompt} {os.getpid()}")

    return Scripted(reply)


def rejected() -> Scripted:
    """Raise the error that stops a run."""
    return Scripted(ProviderAuthError("wrong key", status=401, hint="Check it."))


def dying_once(mark: Path) -> Scripted:
    """Kill its process at the third question, unless the mark is there."""

    async def reply(prompt: str) -> Any:
        if prompt == "row 2":
            _die_once(mark)
        return answer(prompt)

    return Scripted(reply)


def _die_once(mark: Path) -> None:
    if not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)


def dying(_: Path) -> Scripted:
    """Kill its process at once."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("it is dead")
