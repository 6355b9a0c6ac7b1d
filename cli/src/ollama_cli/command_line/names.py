"""Whether words that begin with the name of a command are a prompt.

The first word decides. The name of a command runs it, and words that it does not take are an error:
none of them is sent to a model by accident. But three or more words are a prompt if they begin with
``help`` or ``why``, or with a command that is not built yet: ``why is it so``. A quoted prompt with
a space in it is never taken for a command, and words after ``run`` or ``--`` always are a prompt;
after ``chat`` they are the first message.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import takewhile

import click

from ollama_cli.command_line.catalogue import Entry, every_command, find

DEFAULT = "run"
CHAT = "chat"
HELP = "help"
_QUESTIONS = (HELP, "why")
"""Commands whose names often begin a prompt."""

NOT_BUILT = frozenset({"compare"})
"""Commands of later versions."""


def may_be_command(word: str) -> bool:
    """Whether a word looks like the name of a command: no quoted prompt, and not ``Why?``."""
    return word.replace("-", "").isalnum()


def is_command(words: Sequence[str]) -> bool:
    """Whether these words, without options, call a command; else they are a prompt.

    Raises:
        click.UsageError: the command is not built yet or does not take the words, or the only word
            is nearly the name of a command. Nothing is sent to a model, and the message says how to
            ask it.
        CommandError: it is a command of another package that cannot be used.
    """
    first, *rest = words
    may_be_prompt = first in _QUESTIONS or first in NOT_BUILT
    if may_be_prompt and len(words) > 2:
        return False
    refuse_unbuilt(first, words)
    entry = find(first)
    if entry is None:
        if not rest and (near := nearest_name(first)):
            raise click.UsageError(
                f"there is no command {first!r}; did you mean {near!r}? {how_to_ask(words)}"
            )
        return False
    if rest and entry.name not in (DEFAULT, HELP):
        _refuse_further(entry, words)
    return True


def _refuse_further(entry: Entry, words: Sequence[str]) -> None:
    """Raise ``click.UsageError`` if the command does not take the words after its name."""
    command = entry.load()
    first, *rest = words
    limits = [each.nargs for each in command.params if isinstance(each, click.Argument)]
    if isinstance(command, click.Group):
        verbs = list(command.commands)
        if rest[0] in verbs:
            return
        if not limits:
            known = f"; it has {', '.join(verbs)}"
            problem = f"{first!r} has no command {rest[0]!r}{known}. {how_to_ask(words)}"
            raise click.UsageError(problem)
    if -1 in limits or len(rest) <= sum(limits):
        return
    takes = ("no further words", "one word")[sum(limits)] if sum(limits) < 2 else "fewer words"
    raise click.UsageError(f"{first!r} takes {takes}. {how_to_ask(words)}")


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
    if not may_be_command(word):
        return None
    return next((name for name in _names() if _near(word.lower(), name)), None)


def _names() -> Iterator[str]:
    for entry in every_command():
        yield from (entry.name, *entry.aliases)
    yield from NOT_BUILT


def _near(one: str, other: str) -> bool:
    """Whether at most one character was added, dropped, changed, or swapped with its neighbour."""
    pairs = zip(one, other, strict=False)
    same = len(list(takewhile(lambda pair: pair[0] == pair[1], pairs)))
    short, long = sorted((one[same:], other[same:]), key=len)
    if len(short) < len(long):
        return short == long[1:]
    swapped = short[:2] == long[1::-1] and short[2:] == long[2:]
    return short[1:] == long[1:] or swapped
