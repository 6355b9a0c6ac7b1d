"""``ollama-cli run``: ask one question and show the answer."""

from __future__ import annotations

import time
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import click
from provider_sdk import (
    BaseProvider,
    ChatChunk,
    ChatOptions,
    ChatResponse,
    ChatStream,
    Message,
    ProviderWarning,
)

from ollama_cli import options
from ollama_cli.chat_options import CommandWithChatOptions, parse_chat_options
from ollama_cli.loop import run
from ollama_cli.prompt import read_prompt
from ollama_cli.providers import find_factory, make_provider, provider_name
from ollama_cli.terminal.renderers import Renderer, make_renderer


@dataclass(frozen=True, slots=True)
class Question:
    """One call of ``chat``, ready to be made.

    Attributes:
        messages: the conversation to send.
        model: the model to ask; ``None`` for the provider's default.
        stream: whether to stream the answer.
        options: further options of the call.
    """

    messages: Sequence[Message]
    model: str | None
    stream: bool
    options: ChatOptions

    async def ask(self, provider: BaseProvider) -> ChatResponse | ChatStream:
        """Call the provider and return the answer, or a stream if ``stream`` is set.

        Raises:
            ProviderError: see ``BaseProvider.chat``.
        """
        return await provider.chat(self.messages, self.model, self.stream, **self.options)


@click.command("run", cls=CommandWithChatOptions)
@click.argument("arguments", nargs=-1, metavar="[PROMPT]...")
@options.with_options(*options.ALL)
def command(
    arguments: tuple[str, ...],
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

    The prompt is the arguments, what is piped in, or both, with a blank line between them.
    """
    name = provider_name(provider)
    call_options = parse_chat_options(chat_options)
    find_factory(name)  # a wrong name is reported before standard input is awaited
    messages = conversation(system, read_prompt(arguments, timeout, output_format))

    async def answer() -> None:
        async with make_provider(name, timeout) as service:
            wanted = model or service.default_model or None
            renderer = make_renderer(
                output_format, provider=name, model=wanted, raw=raw, verbose=verbose
            )
            streamed = stream
            if streamed is None:
                streamed = output_format != "json" and "streaming" in service.capabilities
            question = Question(messages, model, streamed, call_options)
            await show_answer(service, question, renderer)

    with warnings.catch_warnings():
        # The renderer shows warnings; Python would print each with a line of source.
        warnings.simplefilter("ignore", ProviderWarning)
        run(answer())


def conversation(system: str | None, prompt: str) -> list[Message]:
    """Return the messages to send: a system prompt, if any, then the prompt."""
    question = Message("user", prompt)
    return [Message("system", system), question] if system else [question]


async def show_answer(provider: BaseProvider, question: Question, renderer: Renderer) -> None:
    """Ask the question, and show the answer while it arrives.

    Raises:
        ProviderError: the call failed or the answer is incomplete; what arrived has been shown.
    """
    start = time.monotonic()
    try:
        answer = await question.ask(provider)
        if isinstance(answer, ChatStream):
            response = await _streamed(answer, renderer)
        else:
            response = _whole(answer, renderer)
        renderer.finish(response, time.monotonic() - start)
    finally:
        renderer.close()


async def _streamed(stream: ChatStream, renderer: Renderer) -> ChatResponse:
    async with stream:
        renderer.start()
        async for chunk in stream:
            renderer.chunk(chunk)
    return stream.response


def _whole(response: ChatResponse, renderer: Renderer) -> ChatResponse:
    renderer.start()
    renderer.chunk(ChatChunk(response.text, response.reasoning or ""))
    return response
