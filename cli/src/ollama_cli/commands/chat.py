"""``ollama-cli chat``: a conversation at the terminal."""

from __future__ import annotations

import warnings

import click
from provider_sdk import ProviderWarning

from ollama_cli import options
from ollama_cli.chat.chat import Chat
from ollama_cli.chat.plain import PlainView
from ollama_cli.chat.world import World
from ollama_cli.chat_options import parse_chat_options, with_effort
from ollama_cli.choice import choose
from ollama_cli.conversation.current import CurrentSession, Wanted
from ollama_cli.loop import run
from ollama_cli.routing import load_settings
from ollama_cli.terminal.output import warn

ALIASES = ("interactive",)


@click.command("chat")
@options.with_options(*options.OF_CHAT)
def command(
    provider: str | None,
    model: str | None,
    task: str | None,
    system: str | None,
    newest: bool,
    session_id: str | None,
    no_session: bool,
    effort: str | None,
    chat_options: tuple[str, ...],
    stream: bool | None,
    reasoning: bool | None,
    timeout: float | None,
    no_hooks: bool,
    plain: bool,
    verbose: bool,
) -> None:
    """Talk to a model; without a prompt on a terminal this is the default."""
    given = with_effort(parse_chat_options(chat_options), effort)
    if timeout is not None:
        given.setdefault("timeout", timeout)
    view = PlainView()
    settings = load_settings("text", verbose=verbose)
    first = view.renderer(reasoning=bool(reasoning), verbose=verbose)
    world = World.of(settings, first, no_hooks=no_hooks, verbose=verbose)
    choice = choose(settings.values, provider, task, model)

    def note(message: str) -> None:
        warn(message, "text")

    session = CurrentSession.find(
        Wanted(newest, session_id, not no_session),
        settings,
        warn=note,
        remark=note if verbose else lambda _: None,
    )
    click.get_current_context().call_on_close(session.close)
    if told := world.hooks.note():
        note(told)
    chat = Chat(
        view,
        world,
        session.choice(choice),
        session,
        system,
        given,
        verbose if reasoning is None else reasoning,
        stream,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ProviderWarning)  # the renderer shows them
        run(chat.run())
