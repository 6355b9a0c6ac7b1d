"""The exit codes of both commands, and the errors that lead to them."""

from __future__ import annotations

from collections.abc import Iterable

from ollama_cli.command_line.exit_codes import EXIT_CODES, MEANINGS
from provider_conformance.__main__ import EXIT_CODES as OF_THE_KIT

from tools.site.page import Page
from tools.site.reference.markdown import code, page, prose, table

FOLDER = "reference"


def pages() -> Iterable[Page]:
    """Yield the page."""
    yield Page(f"{FOLDER}/exit-codes.md", _page())


def _page() -> str:
    return page(
        "# Exit codes",
        "What the exit code of a command says, for scripts.",
        "## ollama-cli",
        table(
            ("exit code", "what it means", "errors"),
            ((str(number), prose(said), _errors(number)) for number, said in MEANINGS.items()),
        ),
        "An error has the exit code of its own class or of the nearest base class that has one: "
        "[errors](errors.md) lists all classes. If the reader of a pipe is gone, the command "
        "ends with 0.",
        "Some commands use a code in a way of their own, which their pages say: "
        "[`config get`](commands/config.md#config-get), "
        "[`config unset`](commands/config.md#config-unset), [`doctor`](commands/doctor.md), "
        "[`health`](commands/health.md), [`hooks`](commands/hooks.md) and "
        "[`sessions export`](commands/sessions.md#sessions-export).",
        "## provider-conformance",
        table(
            ("exit code", "what it means"),
            ((str(number), prose(said)) for number, said in OF_THE_KIT.items()),
        ),
        "[`serve`](provider-conformance/serve.md) with a command ends with the exit code of that "
        "command.",
    )


def _errors(number: int) -> str:
    found = (kind.__name__ for kind, found in EXIT_CODES.items() if found == number)
    return ", ".join(map(code, found)) or "-"
