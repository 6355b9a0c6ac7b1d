"""Running one hook."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ollama_cli.hooks.form import Hook
from ollama_cli.hooks.replies import LONGEST_OUTPUT, Reply, reply_of
from ollama_cli.processes.children import Finished, current_folder, run_child
from ollama_cli.processes.environment import ChildEnvironment
from ollama_cli.terminal.json_text import to_json

SET_FOR_CHILDREN = {
    "OLLAMA_CLI_EVENT": "the event, such as PreRequest; for a status line StatusLine",
    "OLLAMA_CLI_SESSION_ID": "the id of the session",
    "OLLAMA_CLI_PROVIDER": "the provider",
    "OLLAMA_CLI_MODEL": "the model",
    "OLLAMA_CLI_PROJECT_DIR": "the folder of the trusted project, else the working folder",
}
"""The variables that hooks and status lines get besides those that they inherit."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a hook.

    Attributes:
        hook: the hook.
        sent: what was on its standard input.
        finished: what became of it; ``None`` if it could not be started.
        reply: what it says.
    """

    hook: Hook
    sent: str
    finished: Finished | None
    reply: Reply


async def run_hook(
    hook: Hook,
    command: str,
    payload: Mapping[str, Any],
    environment: ChildEnvironment,
    folder: Path | None,
    project: Path | None,
) -> Run:
    """Run a hook, and return what it says; whatever it does is no error of this call.

    Args:
        hook: the hook.
        command: what the shell runs; the command of the hook, with the files that were trusted.
        payload: what it is told.
        environment: what it inherits.
        folder: where it runs; ``None`` for the current folder.
        project: the folder of the trusted project, if there is one.
    """
    sent = to_json(payload)
    variables = environment.variables(
        hook.env,
        OLLAMA_CLI_EVENT=hook.event,
        OLLAMA_CLI_SESSION_ID=payload["session_id"],
        OLLAMA_CLI_PROVIDER=payload["provider"],
        OLLAMA_CLI_MODEL=payload["model"],
        OLLAMA_CLI_PROJECT_DIR=str(project or current_folder() or ""),
    )
    try:
        finished = await run_child(
            command,
            stdin=f"{sent}\n".encode(),
            environment=variables,
            folder=folder,
            timeout=hook.timeout,
            limit=LONGEST_OUTPUT,
        )
    except OSError as error:
        problem = f"it cannot be started: {error.strerror or error}"
        return failed(hook, problem, sent)
    return Run(hook, sent, finished, reply_of(hook.event, finished, hook.timeout))


def failed(hook: Hook, problem: str, sent: str = "") -> Run:
    """Return the run of a hook that could not be started."""
    return Run(hook, sent, None, Reply(problem=problem))
