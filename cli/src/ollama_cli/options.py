"""The options that commands share; each stands before or after the subcommand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

_F = TypeVar("_F", bound=Callable[..., Any])
Decorator = Callable[[_F], _F]

FORMATS = ("text", "json", "stream-json")


def _with_earlier(
    ctx: click.Context, param: click.Parameter, value: tuple[str, ...]
) -> tuple[str, ...]:
    """Return the values before the subcommand, then those behind it: they add up."""
    earlier = ctx.parent.params.get(param.name or "", ()) if ctx.parent else ()
    return (*earlier, *value)


provider = click.option(
    "--provider", metavar="NAME", help="Who is asked. Else OLLAMA_CLI_PROVIDER says."
)
model = click.option("-m", "--model", metavar="ID", help="The model. Else the provider's default.")
system = click.option("--system", metavar="TEXT", help="How the model is to behave.")
chat_options = click.option(
    "-o",
    "chat_options",
    metavar="KEY=VALUE",
    multiple=True,
    callback=_with_earlier,
    help="An option of the call, such as temperature=0; repeatable. JSON is taken as such.",
)
output_format = click.option(
    "--format",
    "output_format",
    type=click.Choice(FORMATS),
    default="text",
    help="Text, one JSON object, or a line of JSON for each event.",
)
stream = click.option(
    "--stream/--no-stream",
    default=None,
    help="Whether the answer is fetched piece by piece. As a rule it is, but for json.",
)
timeout = click.option(
    "--timeout",
    metavar="SECONDS",
    type=click.FloatRange(min=0, min_open=True),
    help="How long to wait for the answer, or for its beginning where it is streamed; "
    "after that a stream may be silent for 60 seconds.",
)
raw = click.option("--raw", is_flag=True, help="Leave terminal escapes in what models write.")
verbose = click.option("-v", "--verbose", is_flag=True, help="Tell more, on standard error.")

ALL = (provider, model, system, chat_options, output_format, stream, timeout, raw, verbose)


def takes(*options: Decorator[Any]) -> Decorator[_F]:
    """Decorate a command with options, in their order in the help."""

    def decorate(function: _F) -> _F:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


def given_options(ctx: click.Context) -> dict[str, Any]:
    """Return the options that the command line sets in this context."""
    sources = {name: ctx.get_parameter_source(name) for name in ctx.params}
    typed = click.core.ParameterSource.COMMANDLINE
    return {name: ctx.params[name] for name, source in sources.items() if source is typed}
