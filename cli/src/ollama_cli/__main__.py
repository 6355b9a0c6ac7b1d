"""The entry point, as a console script and as ``python -m ollama_cli``."""

from __future__ import annotations

import sys

from ollama_cli.processes import garbage, interrupts

TYPE_CHECKING = False  # `typing` would take time
if TYPE_CHECKING:
    from typing import Any

interrupts.install()  # before the other imports, which take most of the start
garbage.expect_start()

# httpx offers a command line of its own if rich and pygments are there, and imports both for it:
# a quarter of the start, for what nothing in this process uses. httpx goes on if it cannot.
# None forbids the import (Python's language reference, "The module cache"), which the type of
# sys.modules leaves out.
_modules: dict[str, Any] = sys.modules
_modules.setdefault("httpx._main", None)


def main() -> None:
    """Run the command and exit with its code."""
    from ollama_cli.app import cli
    from ollama_cli.processes import streams

    streams.prepare()
    try:
        cli.main(prog_name="ollama-cli")
    except SystemExit as end:
        interrupts.exit_without_threads(end.code)
        raise


if __name__ == "__main__":
    main()
