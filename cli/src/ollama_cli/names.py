"""The names of commands, and whether words that begin with one are a prompt.

The first word decides. The name of a command runs it, and words that it does not take are an error:
none of them is sent to a model by accident. But three or more words are a prompt if they begin with
``help`` or ``why``, or with a command that is not built yet: ``why is it so``.
``config`` and its like take a verb, so ``config set x`` is still the command. A quoted prompt with
a space in it is never taken for a command, and words after ``run`` or ``--`` always are a prompt.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile
from typing import NamedTuple

import click


class Entry(NamedTuple):
    """A subcommand that is imported only when it is used."""

    module: str
    help: str
    aliases: tuple[str, ...] = ()
    models: int = 0


COMMANDS: dict[str, Entry] = {
    "run": Entry("ollama_cli.commands.run", "Ask a model; this is the default."),
    "models": Entry("ollama_cli.commands.models", "List the models of a provider.", ("list",)),
    "providers": Entry(
        "ollama_cli.commands.providers", "List the providers that there are; nothing is sent."
    ),
    "health": Entry("ollama_cli.commands.health", "Check a provider and the credential for it."),
    "why": Entry(
        "ollama_cli.commands.why", "Tell which provider would answer now; no question is sent."
    ),
    "pull": Entry("ollama_cli.commands.pull", "Install a model, or its newest version.", models=1),
    "show": Entry("ollama_cli.commands.show", "Describe an installed model.", models=1),
    "ps": Entry("ollama_cli.commands.ps", "List the models that are in memory."),
    "rm": Entry("ollama_cli.commands.rm", "Remove an installed model.", models=1),
    "hooks": Entry(
        "ollama_cli.commands.hooks",
        "List your hooks, and those of a trusted project, or try them.",
        models=9,
    ),
    "version": Entry("ollama_cli.commands.version", "Show the version."),
    "help": Entry("ollama_cli.commands.help", "Show the help of a command."),
}
DEFAULT = "run"
HELP = "help"
_QUESTIONS = (HELP, "why")
"""Commands whose names often begin a prompt."""

_VERBS = """
add clear delete edit export fork get init list path prune remove rename reset resume rm search set
show test unset
"""
_UNBUILT = """
chat interactive doctor login logout usage trust compare batch
"""
NOT_BUILT: dict[str, frozenset[str]] = {
    **dict.fromkeys(_UNBUILT.split(), frozenset[str]()),
    **dict.fromkeys(("config", "sessions"), frozenset(_VERBS.split())),
}
"""Commands of later versions, each with the verbs that may follow its name."""


def command_name(word: str) -> str | None:
    """Return the name of the command that has this name or alias, if it is built."""
    return next(
        (name for name, entry in COMMANDS.items() if word == name or word in entry.aliases), None
    )


def is_command(words: Sequence[str]) -> bool:
    """Whether these words, without options, call a command; else they are a prompt.

    Raises:
        click.UsageError: the command is not built yet or takes no words, or the only word is nearly
            the name of a command. Nothing is sent to a model, and the message says how to ask it.
    """
    name = command_name(words[0])
    may_be_prompt = name in _QUESTIONS or words[0] in NOT_BUILT
    if may_be_prompt and len(words) > 2 and words[1] not in NOT_BUILT.get(words[0], ()):
        return False
    refuse_unbuilt(words[0], words)
    if name not in (None, DEFAULT, HELP) and len(words) > (limit := 1 + COMMANDS[name].models):
        what = "one model" if limit > 1 else "no further words"
        raise click.UsageError(f"{words[0]!r} takes {what}. {how_to_ask(words)}")
    if name is None and len(words) == 1 and (near := nearest_name(words[0])):
        raise click.UsageError(
            f"there is no command {words[0]!r}; did you mean {near!r}? {how_to_ask(words)}"
        )
    return name is not None


def refuse_unbuilt(name: str, words: Sequence[str]) -> None:
    """Raise ``click.UsageError`` if it is the name of a command that is not built yet."""
    if name in NOT_BUILT:
        raise click.UsageError(f"the command {name!r} is not built yet. {how_to_ask(words)}")


def how_to_ask(words: Sequence[str]) -> str:
    """Return how to ask a model exactly these words."""
    import shlex

    return f"To ask a model just that, write: ollama-cli {DEFAULT} {shlex.join(words)}"


def nearest_name(word: str) -> str | None:
    """Return the name of a command that is at most one edit away; ``Why?`` is not near ``why``."""
    if not word.replace("-", "").isalnum():
        return None
    names = [name for key, entry in COMMANDS.items() for name in (key, *entry.aliases)]
    return next((name for name in (*names, *NOT_BUILT) if _near(word.lower(), name)), None)


def _near(one: str, other: str) -> bool:
    """Whether at most one character was added, dropped, changed, or swapped with its neighbour."""
    pairs = zip(one, other, strict=False)
    same = len(list(takewhile(lambda pair: pair[0] == pair[1], pairs)))
    short, long = sorted((one[same:], other[same:]), key=len)
    if len(short) < len(long):
        return short == long[1:]
    swapped = short[:2] == long[1::-1] and short[2:] == long[2:]
    return short[1:] == long[1:] or swapped
