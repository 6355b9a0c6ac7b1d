"""``ollama-cli run``: one question, one answer."""

from __future__ import annotations

import asyncio
import difflib
import json
import time
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import click
from provider_sdk import (
    OPTION_NAMES,
    BaseProvider,
    ChatChunk,
    ChatOptions,
    ChatResponse,
    ChatStream,
    Message,
    ProviderRequestError,
    ProviderWarning,
)
from provider_sdk.adapting import checked_options

from ollama_cli import options
from ollama_cli.prompt import read_prompt
from ollama_cli.providers import make_provider, provider_name, usage_errors
from ollama_cli.terminal.renderers import Renderer, make_renderer


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, and how the answer is fetched."""

    messages: Sequence[Message]
    model: str | None
    stream: bool
    options: ChatOptions


@click.command("run")
@click.argument("words", nargs=-1, metavar="[PROMPT]...")
@options.takes(*options.ALL)
def command(
    words: tuple[str, ...],
    provider: str | None,
    model: str | None,
    system: str | None,
    chat_options: tuple[str, ...],
    output_format: str,
    stream: bool | None,
    timeout: float | None,
    raw: bool,
    verbose: bool,
) -> None:
    """Ask a model; this is the default.

    The prompt is what the arguments say, what is piped in, or the one followed by the other.
    """
    name = provider_name(provider)
    call_options = parse_chat_options(chat_options)
    messages = conversation(system, read_prompt(words))

    async def answer() -> None:
        async with make_provider(name, timeout) as service:
            wanted = model or getattr(service, "default_model", None) or None
            renderer = make_renderer(
                output_format, provider=name, model=wanted, raw=raw, verbose=verbose
            )
            streamed = stream
            if streamed is None:
                streamed = output_format != "json" and "streaming" in service.capabilities
            await ask(service, Question(messages, model, streamed, call_options), renderer)

    with warnings.catch_warnings():
        # The answer names them, and Python would print them with a line of source.
        warnings.simplefilter("ignore", ProviderWarning)
        asyncio.run(answer())


def conversation(system: str | None, prompt: str) -> list[Message]:
    """Return the messages to send."""
    question = Message("user", prompt)
    return [Message("system", system), question] if system else [question]


def parse_chat_options(pairs: Sequence[str]) -> ChatOptions:
    """Return the ``key=value`` pairs as options; a value that is JSON is taken as such.

    Raises:
        click.UsageError: a pair is none, no option has that name, or its value makes no sense.
    """
    found: dict[str, Any] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise click.UsageError(f"-o takes KEY=VALUE, not {pair!r}")
        if name not in OPTION_NAMES:
            close = difflib.get_close_matches(name, OPTION_NAMES)
            raise click.NoSuchOption(name, f"-o knows no option {name!r}.", close)
        found[name] = _json_or_text(value)
    with usage_errors(ProviderRequestError):
        return checked_options(found)


async def ask(provider: BaseProvider, question: Question, renderer: Renderer) -> None:
    """Ask, and show the answer while it arrives.

    Raises:
        ProviderError: there is no whole answer; what arrived has been shown.
    """
    start = time.monotonic()
    fetch = _streamed if question.stream else _whole
    try:
        response = await fetch(provider, question, renderer)
        renderer.finish(response, time.monotonic() - start)
    finally:
        renderer.close()


async def _streamed(provider: BaseProvider, question: Question, renderer: Renderer) -> ChatResponse:
    messages, model = question.messages, question.model
    stream: ChatStream = await provider.chat(messages, model, stream=True, **question.options)
    async with stream:
        renderer.start()
        async for chunk in stream:
            renderer.chunk(chunk)
    return stream.response


async def _whole(provider: BaseProvider, question: Question, renderer: Renderer) -> ChatResponse:
    messages, model = question.messages, question.model
    response: ChatResponse = await provider.chat(messages, model, **question.options)
    renderer.start()
    renderer.chunk(ChatChunk(response.text, response.reasoning or ""))
    return response


def _json_or_text(value: str) -> Any:
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value
