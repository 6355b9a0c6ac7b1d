"""``ollama-cli chat``: a conversation at the terminal."""

from __future__ import annotations

import sys
import warnings

import click
from provider_sdk import ProviderWarning

from ollama_cli.asking.chat_options import CommandWithChatOptions, parse_chat_options, with_effort
from ollama_cli.chat.chat import Chat
from ollama_cli.chat.entries import Entry
from ollama_cli.chat.greeting import greeting
from ollama_cli.chat.views import make_view
from ollama_cli.chat.world import World
from ollama_cli.choosing.choice import choose
from ollama_cli.choosing.routing import load_settings
from ollama_cli.command_line import options
from ollama_cli.command_line.names import DEFAULT
from ollama_cli.conversation.current import CurrentSession
from ollama_cli.conversation.keeping import Wanted
from ollama_cli.inputs.files import Attachment, Attachments
from ollama_cli.inputs.prompt import MAX_INPUT_BYTES
from ollama_cli.processes import garbage
from ollama_cli.processes.loop import run
from ollama_cli.terminal.output import print_err, warn

ALIASES = ("interactive",)


class _ChatCommand(CommandWithChatOptions):
    """Refuses the options of a question that a chat has no use for, wherever they are given."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the options after the name of the command, and look at those before it.

        Raises:
            click.UsageError: one of them is not an option of the chat.
        """
        of_question = {
            name: param for param in (ctx.parent or ctx).command.params for name in param.opts
        }
        try:
            rest = super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            found = of_question.get(error.option_name)
            if found is None or not ctx.parent:
                raise
        else:
            mine = {param.name for param in self.params}
            before = ctx.default_map or {}
            found = next(
                (param for param in of_question.values() if param.name in before.keys() - mine),
                None,
            )
            if found is None:
                return rest
        raise click.UsageError(
            f"the chat does not take {max(found.opts, key=len)}; it is for a single question, "
            f"which 'ollama-cli {DEFAULT}' asks"
        )


@click.command("chat", cls=_ChatCommand)
@click.argument("words", nargs=-1, metavar="[MESSAGE]...")
@options.with_options(*options.OF_CHAT)
def command(
    words: tuple[str, ...],
    provider: str | None,
    model: str | None,
    task: str | None,
    system: str | None,
    files: tuple[str, ...],
    images: tuple[str, ...],
    newest: bool,
    session_id: str | None,
    no_session: bool,
    effort: str | None,
    chat_options: tuple[str, ...],
    stream: bool | None,
    reasoning: bool | None,
    timeout: float | None,
    no_hooks: bool,
    plain: bool | None,
    verbose: bool,
) -> int:
    """Talk to a model; without a prompt on a terminal this is the default.

    Words after the name are the first message, and files go with it. Enter /help to see what
    else can be done.

    If standard input is a pipe or a file, each line of it is a message, and the exit code is that
    of the last message that failed.
    """
    given = with_effort(parse_chat_options(chat_options), effort)
    if timeout is not None:
        given.setdefault("timeout", timeout)
    settings = load_settings("text", verbose=verbose)
    view = make_view(settings.values, plain=plain, stored=not no_session)
    first = view.renderer(reasoning=bool(reasoning), verbose=verbose)
    world = World.of(settings, first, no_hooks=no_hooks, verbose=verbose)
    choice = choose(settings.values, provider, task, model)

    def note(message: str) -> None:
        warn(message, "text")

    if choice.note and verbose:
        note(choice.note)
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
        _attached(files, images),
    )
    is_typed = sys.stdin is not None and sys.stdin.isatty()
    lines = greeting(chat)  # builds the providers, so that a wrong name is told before the chat
    garbage.expect_long_run()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ProviderWarning)  # the renderer shows them
        run(
            chat.run(Entry.of(" ".join(words)) if words else None, lines if is_typed else ()),
            has_tasks=True,
        )
    return 0 if is_typed else chat.code


def _attached(files: tuple[str, ...], images: tuple[str, ...]) -> list[Attachment]:
    """Return the files and images that go with the first message.

    Raises:
        click.UsageError: as ``Attachments``.
    """
    attached = Attachments(MAX_INPUT_BYTES, print_err)
    for path in files:
        attached.add_named(path)
    for place in images:
        attached.add_image(place)
    return attached.found
