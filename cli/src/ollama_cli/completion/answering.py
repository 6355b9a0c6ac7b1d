"""What may follow on a command line."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence

import click
from click.shell_completion import CompletionItem, ShellComplete, split_arg_string

from ollama_cli.completion.variables import LINE, SHELL

_PLAIN = re.compile(r"[\w./:@+-][\w./:@+~-]*", re.ASCII)
"""What a shell takes as it is. Names come from services: one with ``$(`` in it would be run."""
_NAME = "ollama-cli"
_MOST = 500


def answer(cli: click.Command) -> str:
    """Return the words that may follow, a line each, with what they mean after a tab.

    It is empty if there are none, or if the line is not understood.
    """
    try:
        found = _completions(cli, os.environ.get(LINE, ""))
    except (Exception, SystemExit):  # noqa: BLE001 - a line that is being typed is no error
        return ""
    return "".join(f"{value}\t{help}\n" for value, help in found[:_MOST])


def is_asked() -> bool:
    """Whether a shell asks."""
    return SHELL in os.environ


def _completions(cli: click.Command, line: str) -> list[tuple[str, str]]:
    words, current = _words(line)
    items = ShellComplete(cli, {}, _NAME, SHELL).get_completions(words, current)
    start = current.partition("=")[2] if current.startswith("--") and "=" in current else current
    return list(_plain(items, start))


def _plain(items: Sequence[CompletionItem[str]], start: str) -> Iterator[tuple[str, str]]:
    for item in items:
        value = str(item.value)
        if item.type == "plain" and value.startswith(start) and _PLAIN.fullmatch(value):
            yield value, " ".join((item.help or "").split())


def _words(line: str) -> tuple[list[str], str]:
    """Return the words after the name of the command, and the one that is being typed."""
    words = split_arg_string(line)
    current = "" if not words or line[-1:].isspace() else words.pop()
    names = [place for place, word in enumerate(words) if word.endswith(_NAME)]
    return words[(names[0] if names else 0) + 1 :], current
