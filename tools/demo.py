"""Shows the project without a token: asks a scripted service, then checks the provider.

``provider-conformance serve`` starts the service on loopback; it ends with this script.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import Any

_ASK = ["ollama-cli", "--provider", "hf"]
_STEPS = (
    ("Is the service there, and does it accept the token?", [*_ASK, "health"]),
    ("Which models are there?", [*_ASK, "models"]),
    ("A question, answered as it arrives:", [*_ASK, "Why is the sky blue?"]),
    (
        "The same for programs, streamed, with token usage:",
        [*_ASK, "--format", "stream-json", "Why is the sky blue?"],
    ),
)
_INSIDE = "PROVIDER_DEMO_INSIDE"


def main() -> int:
    """Run the steps; return 0, or the exit code of the first that failed."""
    if _INSIDE in os.environ:
        return _first_failure(_STEPS)
    start = time.monotonic()
    around = ["provider-conformance", "serve", "hf", "--", sys.executable, __file__]
    code = _run(around, env={**os.environ, _INSIDE: "1"})
    code = code or _first_failure(
        [("Does the provider keep the contract?", ["provider-conformance", "run", "hf"])]
    )
    print(f"\ndemo: {'done' if code == 0 else 'failed'} in {time.monotonic() - start:.1f} s")
    return code


def _first_failure(steps: Sequence[tuple[str, list[str]]]) -> int:
    for title, command in steps:
        print(f"\n# {title}\n$ {shlex.join(command)}", flush=True)
        if code := _run(command, stdin=subprocess.DEVNULL):
            print(f"\nIt ended with exit code {code}; its output is above.", flush=True)
            return code
    return 0


def _run(command: list[str], **how: Any) -> int:
    # Errors belong to the output, also if only standard output is read.
    return subprocess.run(command, stderr=subprocess.STDOUT, check=False, **how).returncode


if __name__ == "__main__":
    sys.exit(main())
