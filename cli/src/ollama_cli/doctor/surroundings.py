"""The terminal, and the variables that change what the command does."""

from __future__ import annotations

import os
import re
import shutil
import sys
from typing import Any

_THAT_COUNT = re.compile(
    r"OLLAMA_CLI_\w+|(?:https?|all|no)_proxy|SSL_CERT_(?:FILE|DIR)|SSLKEYLOGFILE|PYTHONWARNINGS"
    r"|PYTHONPATH|NO_COLOR|XDG_(?:CONFIG|DATA)_HOME",
    re.IGNORECASE,
)
_LOCALE = ("LC_ALL", "LC_CTYPE", "LANG")  # the first that is set counts


def terminal() -> dict[str, Any]:
    """Return what is known of the terminal as JSON."""
    term = os.environ.get("TERM") or None
    is_terminal = _is_terminal(sys.stdout)
    return {
        "stdin": _is_terminal(sys.stdin),
        "stdout": is_terminal,
        "stderr": _is_terminal(sys.stderr),
        "term": term,
        "columns": shutil.get_terminal_size().columns,
        "colors": is_terminal and term != "dumb" and not os.environ.get("NO_COLOR"),
        "encoding": getattr(sys.stdout, "encoding", None),
        "locale": next(filter(None, map(os.environ.get, _LOCALE)), None),
    }


def variables() -> list[str]:
    """Return the names of variables that are set and count; values may be secret."""
    return sorted(name for name, value in os.environ.items() if value and _counts(name))


def _counts(name: str) -> bool:
    return _THAT_COUNT.fullmatch(name) is not None


def _is_terminal(stream: Any) -> bool:
    try:
        return stream is not None and bool(stream.isatty())
    except ValueError:
        return False  # it is closed
