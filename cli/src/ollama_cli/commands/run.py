"""``ollama-cli run``: ask one question and show the answer."""

from __future__ import annotations

import warnings

import click
from provider_sdk import Message, ProviderWarning

from ollama_cli import options
from ollama_cli.asking import Question, Watcher, ask
from ollama_cli.chat_options import CommandWithChatOptions, parse_chat_options, with_effort
from ollama_cli.choice import choose
from ollama_cli.loop import run
from ollama_cli.prompt import read_prompt
from ollama_cli.routing import can_stream, load_settings, make_router
from ollama_cli.terminal.output import warn
from ollama_cli.terminal.renderers import make_renderer


@click.command("run", cls=CommandWithChatOptions)
@click.argument("arguments", nargs=-1, metavar="[PROMPT]...")
@options.with_options(*options.ALL)
def command(
    arguments: tuple[str, ...],
    provider: str | None,
    model: str | None,
    task: str | None,
    system: str | None,
    chat_options: tuple[str, ...],
    output_format: str,
    stream: bool | None,
    timeout: float | None,
    raw: bool,
    verbose: bool,
    effort: str | None,
    extract_code: bool,
    out: str | None,
    reasoning: bool | None,
    usage: bool,
    dry_run: bool,
) -> None:
    """Ask a model; this is the default.

    The prompt is the arguments, what is piped in, or both, with a blank line between them.
    """
    call_options = with_effort(parse_chat_options(chat_options), effort)
    if timeout is not None:
        call_options.setdefault("timeout", timeout)
    settings = load_settings(output_format)
    renderer = make_renderer(
        output_format,
        raw=raw,
        verbose=verbose,
        reasoning=reasoning,
        extract_code=extract_code,
        usage=usage,
        out=out,
    )
    watcher = Watcher(renderer)
    router = make_router(settings, watcher)
    choice = choose(settings.values, provider, task)
    streams = can_stream(router, choice)
    if stream is None:
        stream = output_format != "json" and streams
    messages = conversation(system, read_prompt(arguments, timeout, output_format))
    question = Question(choice, messages, model, stream, call_options)

    async def look() -> None:
        from ollama_cli.dry_run import dry_run, show_dry_run

        async with router:
            found = await dry_run(
                router, choice, messages, model, stream=question.stream, options=call_options
            )
        show_dry_run(found, output_format)

    async def answer() -> None:
        async with router:
            problem = await ask(router, question, watcher)
        if problem and verbose:
            warn(problem, output_format)

    with warnings.catch_warnings():
        # The renderer shows warnings; Python would print each with a line of source.
        warnings.simplefilter("ignore", ProviderWarning)
        run(look() if dry_run else answer())


def conversation(system: str | None, prompt: str) -> list[Message]:
    """Return the messages to send: a system prompt, if any, then the prompt."""
    question = Message("user", prompt)
    return [Message("system", system), question] if system else [question]
