"""The clipboard within tmux, which by default keeps control sequences of programs from it.

Source: tmux(1), ``load-buffer -w`` and the option ``set-clipboard``.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from ollama_cli.processes.children import run_child
from ollama_cli.processes.environment import ChildEnvironment

_TIMEOUT_S = 2.0


async def copies(text: str, settings: Mapping[str, Any]) -> bool:
    """Let tmux put a text on the clipboard of its terminal; return whether it says that it did.

    It also becomes the newest buffer of tmux. Outside of tmux nothing is done.

    Args:
        text: the text.
        settings: name providers, whose credentials tmux does not inherit.
    """
    if not os.environ.get("TMUX"):
        return False
    try:
        finished = await run_child(
            ["tmux", "load-buffer", "-w", "-"],
            stdin=text.encode("utf-8", "replace"),
            environment=ChildEnvironment(settings).variables(()),
            folder=None,
            timeout=_TIMEOUT_S,
            limit=0,
        )
    except OSError:
        return False  # it is not installed here, as in a container whose terminal is in tmux
    return finished.code == 0
