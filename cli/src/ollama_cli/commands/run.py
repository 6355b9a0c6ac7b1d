"""``ollama-cli run``: ask one question and show the answer."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

import click
from provider_sdk import ProviderModelNotFoundError, ProviderWarning

from ollama_cli.asking.call import Watcher
from ollama_cli.asking.chat_options import CommandWithChatOptions, parse_chat_options, with_effort
from ollama_cli.asking.exchange import Exchange
from ollama_cli.asking.turns import Question, ask_question, messages_to_send
from ollama_cli.choosing.choice import choose
from ollama_cli.choosing.routing import can_stream, candidates, load_settings, make_router
from ollama_cli.command_line import options
from ollama_cli.conversation.current import CurrentSession
from ollama_cli.conversation.keeping import Wanted
from ollama_cli.hooks.firing import Hooks
from ollama_cli.inputs.prompt import Typed, read_prompt
from ollama_cli.processes.loop import run
from ollama_cli.settings.files import Settings
from ollama_cli.terminal.output import warn
from ollama_cli.terminal.renderers import make_renderer

if TYPE_CHECKING:
    from ollama_cli.settings.prompt_file import SavedPrompt


@click.command("run", cls=CommandWithChatOptions)
@click.argument("arguments", nargs=-1, metavar="[PROMPT]...")
@options.with_options(*options.ALL)
def command(
    arguments: tuple[str, ...],
    provider: str | None,
    model: str | None,
    task: str | None,
    system: str | None,
    template: str | None,
    params: tuple[str, ...],
    files: tuple[str, ...],
    images: tuple[str, ...],
    newest: bool,
    session_id: str | None,
    no_session: bool,
    effort: str | None,
    chat_options: tuple[str, ...],
    output_format: str,
    stream: bool | None,
    extract_code: bool,
    out: str | None,
    reasoning: bool | None,
    usage: bool,
    dry_run: bool,
    timeout: float | None,
    no_hooks: bool,
    raw: bool,
    plain: bool | None,
    verbose: bool,
) -> None:
    """Ask a model; this is the default.

    The prompt is the arguments, what is piped in, or both, with a blank line between them.
    """
    if dry_run and out not in (None, "-"):
        raise click.UsageError("--dry-run writes to standard output, so leave out --out")
    given = with_effort(parse_chat_options(chat_options), effort)
    if timeout is not None:
        given.setdefault("timeout", timeout)
    renderer = make_renderer(
        output_format,
        raw=raw,
        verbose=verbose,
        reasoning=reasoning,
        extract_code=extract_code,
        usage=usage,
        plain=bool(plain),
        out=out,
    )
    settings = load_settings(output_format, verbose=verbose)
    saved, given_params = saved_prompt(template, params, settings)
    watcher = Watcher(renderer)
    router = make_router(settings, watcher)
    choice = choose(settings.values, provider, task, model, saved.place if saved else None)
    note = partial(warn, output_format=output_format)
    if choice.note and verbose:
        note(choice.note)
    session = CurrentSession.find(
        Wanted(newest, session_id, not no_session, lasting=False),
        settings,
        warn=note,
        remark=note if verbose else lambda _: None,
    )
    click.get_current_context().call_on_close(session.close)
    choice = session.choice(choice)
    hooks = Hooks.of(settings, no_hooks=no_hooks)
    if told := hooks.note():
        note(told)
    names = candidates(router, choice)
    if stream is None:
        stream = output_format != "json" and can_stream(router, names)
    prompt = read_prompt(Typed(arguments, files, images), timeout, output_format)
    if saved is not None:
        filled = saved.fill(given_params, prompt.text, with_files=bool(prompt.attached))
        prompt, system = prompt._replace(text=filled.prompt), system or filled.system
        given = {**filled.options, **given}
    question = Question(prompt.content(), system, stream, given)
    exchange = Exchange(
        router,
        choice,
        next(iter(names), None),
        settings,
        session,
        hooks,
        watcher,
        output_format,
        verbose,
    )

    async def look() -> None:
        from ollama_cli.asking.dry_run import show_dry_run, unsent

        async with router:
            messages = await messages_to_send(question, exchange)
            found = await unsent(router, choice, messages, stream=stream, options=given)
        show_dry_run(found, output_format)

    async def answer() -> None:
        async with router:
            try:
                await ask_question(question, exchange)
            except ProviderModelNotFoundError:
                if choice.note and not verbose:
                    note(choice.note)  # perhaps the other meaning was meant
                raise

    with warnings.catch_warnings():
        # The renderer shows warnings; Python would print each with a line of source.
        warnings.simplefilter("ignore", ProviderWarning)
        run(look() if dry_run else answer())


def saved_prompt(
    name: str | None, params: Sequence[str], settings: Settings
) -> tuple[SavedPrompt | None, Mapping[str, str]]:
    """Return the saved prompt of this name, ``None`` if none is named, and its parameters.

    Raises:
        click.UsageError: no prompt has this name, or it or a parameter has the wrong form.
    """
    if name is None:
        if params:
            raise click.UsageError("-p is a parameter of a saved prompt; name one with -t")
        return None, {}
    from ollama_cli.settings.prompts import load_prompt, parse_params  # only few are saved

    return load_prompt(name, settings.project), parse_params(params)
