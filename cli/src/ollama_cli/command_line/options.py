"""The options that commands share; each may be given before or after the subcommand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from ollama_cli.choosing.choice import TASKS
from ollama_cli.command_line.formats import FORMATS

_INSECURE_HTTP = f"{__name__}.insecure_http"

_F = TypeVar("_F", bound=Callable[..., Any])
Decorator = Callable[[_F], _F]


def _with_earlier(
    ctx: click.Context, param: click.Parameter, value: tuple[str, ...]
) -> tuple[str, ...]:
    """Return the values given before the subcommand, followed by those given after it."""
    if ctx.get_parameter_source(param.name or "") is click.core.ParameterSource.DEFAULT_MAP:
        return value  # those before it
    earlier = ctx.parent.params.get(param.name or "", ()) if ctx.parent else ()
    return (*earlier, *value)


def _known(kind: str) -> Callable[..., Any]:
    """Return what completes a name in a shell; it is imported only then."""

    def complete(ctx: click.Context, param: click.Parameter, incomplete: str) -> Any:
        from ollama_cli.completion import known

        return getattr(known, kind)(ctx, param, incomplete)

    return complete


known_providers, known_models, known_sessions = map(_known, ("providers", "models", "sessions"))
"""Complete names in a shell."""

_SECONDS = click.FloatRange(min=0, min_open=True)
_SECONDS.name = "number"  # click would call it a "float range" in errors

provider = click.option(
    "--provider",
    metavar="NAME",
    shell_complete=known_providers,
    help="The provider that answers. Default: the variable OLLAMA_CLI_PROVIDER, the setting "
    "'provider', else the first that can answer.",
)
task = click.option(
    "--task",
    type=click.Choice(TASKS),
    help="What the question is for: the provider and model that are set for it answer. Default: "
    "agent.",
)
model = click.option(
    "-m",
    "--model",
    metavar="ID",
    shell_complete=known_models,
    help="The model. Default: the provider's own.",
)
system = click.option(
    "--system", metavar="TEXT", help="System prompt: how the model should behave."
)
template = click.option(
    "-t",
    "--template",
    metavar="NAME",
    help="Ask with a saved prompt: a Markdown file in the folder 'prompts' of the settings.",
)
params = click.option(
    "-p",
    "--param",
    "params",
    metavar="NAME=VALUE",
    multiple=True,
    callback=_with_earlier,
    help="A parameter of the saved prompt; repeatable.",
)
newest = click.option(
    "-c", "--continue", "newest", is_flag=True, help="Continue the newest session of this project."
)
session_id = click.option(
    "--session",
    "session_id",
    metavar="ID",
    shell_complete=known_sessions,
    help="Continue this session; its first letters do.",
)
no_session = click.option(
    "--no-session", is_flag=True, help="Store neither the question nor the answer."
)
no_hooks = click.option("--no-hooks", is_flag=True, help="Run no hooks.")
files = click.option(
    "-f",
    "--file",
    "files",
    metavar="FILE",
    multiple=True,
    callback=_with_earlier,
    help="Attach a file; repeatable. In the prompt, @path attaches one, too.",
)
images = click.option(
    "--image",
    "images",
    metavar="FILE",
    multiple=True,
    callback=_with_earlier,
    help="Attach an image, or the address of one; repeatable.",
)
chat_options = click.option(
    "-o",
    "chat_options",
    metavar="KEY=VALUE",
    multiple=True,
    callback=_with_earlier,
    help="An option of the call, such as temperature=0; repeatable. 'ollama-cli help run' lists "
    "them. A JSON value is parsed.",
)
output_format = click.option(
    "--format",
    "output_format",
    type=click.Choice(FORMATS),
    default="text",
    help="Text, one JSON object, or one JSON object per line and event.",
)
stream = click.option(
    "--stream/--no-stream",
    default=None,
    help="Whether to stream the answer. Default: stream, except with --format json, or if a "
    "provider that may be asked cannot.",
)
timeout = click.option(
    "--timeout",
    metavar="SECONDS",
    type=_SECONDS,
    help="How long to wait for the end of standard input, then for the answer, or for the "
    "beginning of a streamed one. After that, a stream may pause for up to 60 seconds.",
)
pull_timeout = click.option(
    "--timeout",
    metavar="SECONDS",
    type=_SECONDS,
    help="How long to wait for the beginning of the download, and for each of its next reports. "
    "Default: the provider's own; for ollama two minutes, then ten between reports.",
)


def _remember(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    """Remember it for all commands of this call: who builds a router asks for it."""
    if value:
        ctx.meta[_INSECURE_HTTP] = True


def insecure_http_given() -> bool:
    """Whether the option ``--insecure-http`` was given."""
    ctx = click.get_current_context(silent=True)
    return ctx is not None and _INSECURE_HTTP in ctx.meta


insecure_http = click.option(
    "--insecure-http",
    is_flag=True,
    expose_value=False,
    callback=_remember,
    help="Send credentials over plain http to other machines, too; others could read them.",
)
raw = click.option("--raw", is_flag=True, help="Keep terminal escapes in what models write.")
verbose = click.option("-v", "--verbose", is_flag=True, help="Print more, on standard error.")
effort = click.option(
    "--effort",
    metavar="LEVEL",
    help="How much to think, such as low or high; short for -o reasoning_effort=LEVEL.",
)
reasoning = click.option(
    "--show-reasoning/--hide-reasoning",
    "reasoning",
    default=None,
    help="Whether to print the model's reasoning on standard error. Default: with --verbose.",
)
extract_code = click.option(
    "-x",
    "--extract-code",
    is_flag=True,
    help="Write only the first code block of the answer; all of it if it has no code block.",
)
out = click.option(
    "--out",
    metavar="FILE",
    help="Write the answer to a file, which is replaced when the answer is complete.",
)
usage = click.option(
    "--usage", is_flag=True, help="Print tokens, cost and who answered, on standard error."
)
dry_run = click.option(
    "--dry-run",
    is_flag=True,
    help="Show the request, without credentials, and send nothing.",
)

plain = click.option(
    "--plain/--no-plain",
    default=None,
    help="Whether to write whole lines without styles, for screen readers and simple terminals.",
)

ALL = (
    provider,
    model,
    task,
    system,
    template,
    params,
    files,
    images,
    newest,
    session_id,
    no_session,
    effort,
    chat_options,
    output_format,
    stream,
    extract_code,
    out,
    reasoning,
    usage,
    dry_run,
    timeout,
    no_hooks,
    insecure_http,
    raw,
    plain,
    verbose,
)
"""The options of a question."""

OF_CHAT = (
    provider,
    model,
    task,
    system,
    files,
    images,
    newest,
    session_id,
    no_session,
    effort,
    chat_options,
    stream,
    reasoning,
    timeout,
    no_hooks,
    insecure_http,
    plain,
    verbose,
)
"""The options of the chat."""

OPENING_CHAT = frozenset(
    {
        "provider",
        "model",
        "task",
        "system",
        "newest",
        "session_id",
        "no_session",
        "effort",
        "chat_options",
        "stream",
        "reasoning",
        "timeout",
        "no_hooks",
        "plain",
        "verbose",
    }
)
"""The parameters that open the chat if there is no prompt; a file may be a prompt."""


def with_options(*options: Decorator[Any]) -> Decorator[_F]:
    """Add options to a command, in the order in which the help shows them."""

    def decorate(function: _F) -> _F:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


def given_options(ctx: click.Context) -> dict[str, Any]:
    """Return the options that were given on the command line, with their values."""
    sources = {name: ctx.get_parameter_source(name) for name in ctx.params}
    typed = click.core.ParameterSource.COMMANDLINE
    return {name: ctx.params[name] for name, source in sources.items() if source is typed}
