"""The options of a call, which ``-o KEY=VALUE`` sets."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NoReturn, cast

import click
from provider_sdk import OPTION_NAMES, ChatOptions, ProviderRequestError, checked_options

LISTED: dict[str, str] = {
    "temperature=NUMBER": "How freely to choose words; 0 is the least.",
    "top_p=NUMBER": "Choose among the likeliest words up to this share, 0 to 1.",
    "max_tokens=COUNT": "The most tokens to write.",
    "stop=TEXT": "Where to stop: a text, or a JSON list of texts.",
    "seed=INTEGER": "Makes an answer repeatable, if the service can.",
    "tools=JSON": 'Functions that the model may call: [{"type": "function", "function": ...}].',
    "tool_choice=TEXT": '"auto", "none", "required", or one function as JSON.',
    "response_format=JSON": 'Such as {"type": "json_object"}, or a JSON schema.',
    "reasoning_effort=TEXT": "How much to think: none, minimal, low, medium, high, xhigh or max.",
    "timeout=SECONDS": "How long to wait for this answer.",
    "extra_headers=JSON": "HTTP headers to add.",
    "extra_body=JSON": "Fields to add to the body of the request.",
}
"""What the help shows for each option."""

_PRIVATE = frozenset({"extra_headers", "extra_body"})
_NOT_FINITE = frozenset({"NaN", "Infinity", "-Infinity"})
_LONGEST_SHOWN = 60


class CommandWithChatOptions(click.Command):
    """A command whose help lists the options of a call."""

    def get_help(self, ctx: click.Context) -> str:
        """Return the help, for the width of the terminal."""
        from ollama_cli.terminal.columns import narrow_width  # only the help pays for it

        ctx.terminal_width = narrow_width()
        return super().get_help(ctx)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options of the command, then those for ``-o``."""
        from ollama_cli.command_line.option_sections import write_options

        write_options(self, ctx, formatter)
        with formatter.section("Options of the call, for -o"):
            formatter.write_dl(list(LISTED.items()))


def parse_chat_options(pairs: Sequence[str]) -> ChatOptions:
    """Return the ``key=value`` pairs as options; a value that is valid JSON is parsed.

    Raises:
        click.UsageError: a pair has no ``=``, its option is unknown, or its value is invalid.
    """
    found: dict[str, Any] = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not equals:
            raise click.UsageError(f"-o takes KEY=VALUE, not {_shown(pair)}")
        if name not in OPTION_NAMES:
            import difflib  # only a mistake pays for it

            close = difflib.get_close_matches(name, OPTION_NAMES)
            raise click.NoSuchOption(name, f"-o knows no option {_shown(name)}.", close)
        found.pop(name, None)  # the last one counts, also if it is null or an empty list
        found.update(_checked(name, text))
    return cast("ChatOptions", found)


def with_effort(options: ChatOptions, effort: str | None) -> ChatOptions:
    """Return the options with that of ``--effort``, if it was given.

    Raises:
        click.UsageError: it is not a level, or ``-o`` sets one as well.
    """
    if effort is None:
        return options
    if "reasoning_effort" in options:
        raise click.UsageError("use --effort or -o reasoning_effort, not both")
    try:
        return {**options, **checked_options({"reasoning_effort": effort})}
    except ProviderRequestError as error:
        problem = error.message.replace("reasoning_effort", "--effort")
    raise click.UsageError(problem)


def _checked(name: str, text: str) -> ChatOptions:
    value = _json_or_text(text)
    try:
        return checked_options({name: value})
    except ProviderRequestError as error:
        problem = error.message
    # The SDK names the type of a value that may be a credential; this one was typed here.
    hidden = f", not {type(value).__name__}"
    if problem.endswith(hidden) and name not in _PRIVATE:
        problem = f"{problem.removesuffix(hidden)}, not {_shown(text)}"
    raise click.UsageError(problem)


def _shown(text: str) -> str:
    return repr(text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}...")


def _json_or_text(value: str) -> Any:
    if value in _NOT_FINITE:
        return float(value)
    try:
        return json.loads(value, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return value


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")
