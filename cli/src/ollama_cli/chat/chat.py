"""The chat: what each entry does, and what the slash commands may read and change."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import click
from provider_sdk import ChatOptions, ProviderError, RegistryError

from ollama_cli.asking.exchange import Exchange, refuse
from ollama_cli.asking.turns import begin_session, end_session, take_turn
from ollama_cli.chat import slash
from ollama_cli.chat.entries import Entry
from ollama_cli.chat.following import choice_after
from ollama_cli.chat.newest import Newest
from ollama_cli.chat.questions import question_of
from ollama_cli.chat.status import Status
from ollama_cli.chat.view import View
from ollama_cli.chat.world import World
from ollama_cli.choosing.choice import Choice
from ollama_cli.choosing.routing import candidates
from ollama_cli.command_line.exit_codes import exit_code
from ollama_cli.inputs.files import Attachment
from ollama_cli.processes.interrupts import Cancelling
from ollama_cli.processes.loop import to_its_end
from ollama_cli.processes.streams import OutputError
from ollama_cli.terminal.escapes import without_escapes
from ollama_cli.terminal.output import print_err, write
from ollama_cli.terminal.sentences import lines

if TYPE_CHECKING:
    from ollama_cli.asking.turns import Question
    from ollama_cli.conversation.current import CurrentSession
    from ollama_cli.settings.files import Settings


@dataclass
class Chat:
    """A conversation in which one entry follows the other.

    Attributes:
        view: shows it.
        world: the settings, and what is made of them.
        choice: who answers.
        session: where the turns are kept.
        system: the system prompt that was given; ``None`` for that of the session.
        options: options of each call.
        reasoning: whether the model's reasoning is shown.
        stream: whether answers are streamed; ``None`` if they are where that is possible.
        attached: what goes with the next message.
        newest: the newest message, and what became of it.
        is_over: whether the chat is to be left.
        code: the exit code of the newest entry that failed; 0 if none did.
    """

    view: View
    world: World
    choice: Choice
    session: CurrentSession
    system: str | None = None
    options: ChatOptions = field(default_factory=ChatOptions)
    reasoning: bool = False
    stream: bool | None = None
    attached: list[Attachment] = field(default_factory=list)
    newest: Newest = field(default_factory=Newest)
    is_over: bool = False
    code: int = 0
    _context: Sequence[str] = ()
    _with: Sequence[Attachment] = ()

    def __post_init__(self) -> None:
        self._status = Status(self.view)

    async def run(self, first: Entry | None = None, greeting: Sequence[str] = ()) -> None:
        """Take entries until the chat is left.

        Args:
            first: what is entered before all others.
            greeting: lines to show at the beginning.

        Raises:
            DeniedByHookError: a hook denies that the session begins, or one that is required
                failed at its end.
            OutputError: what is shown cannot be written, so nobody sees it any more.
        """
        try:
            async with self.view.open(self), AsyncExitStack() as stack:
                stack.callback(lambda: self.session.close())  # there may be another by then
                await stack.enter_async_context(aclosing(self._status))
                for line in greeting:
                    self.note(line)
                await self.refresh()
                await self._begin()
                self._status.update(self)
                if first is not None and not self.is_over:
                    if greeting:
                        self.note(f"> {first.shown}")
                    await self.take(first)
                await self._take_all()
        except BaseException as error:
            if (denied := await self._end(exit_code(error))) is not None:
                self.note(denied)  # the first error decides the exit code
            raise
        refuse(await self._end(0))

    async def take(self, entry: Entry) -> None:
        """Do what an entry says; whatever fails is told in a line, and the chat goes on.

        Raises:
            OutputError: as ``run``.
        """
        task = asyncio.create_task(self._do(entry))
        with self.view.working(self.choice.provider or "", task.cancel):
            try:
                await task
            except asyncio.CancelledError:
                current = asyncio.current_task()
                if current is not None and current.cancelling():
                    raise
                self.note("stopped")
            except OutputError:
                raise
            except Exception as error:  # noqa: BLE001 - shown; one failed entry must not end a chat
                self._failed(error)
        self._status.update(self)

    async def _take_all(self) -> None:
        while not self.is_over:
            try:
                entry = await self.view.next_entry()
            except click.UsageError as error:
                self._failed(error)
                continue
            if entry is None:
                return
            await self.take(entry)

    def _failed(self, error: Exception) -> None:
        self.code = exit_code(error)
        self.tell(error)

    def choose(self, choice: Choice) -> None:
        """Let another provider or model answer from now on, with the whole conversation.

        Raises:
            RegistryError: no provider has this name, or it cannot be loaded or built.
            click.UsageError: the provider's configuration is invalid.
            ProviderError: the provider has no credential.
        """
        candidates(self.world.router, choice)
        self.choice = choice

    def slash_commands(self) -> Mapping[str, str]:
        """Return what each slash command does, by its name; those that are files too."""
        own = {name: each.help for name, each in self.world.custom.items()}
        return own | {name: each.help for name, each in slash.built_in().items()}

    def values_of(self, command: str) -> Mapping[str, str]:
        """Return what may follow the name of a slash command, with a description each."""
        found = slash.find(command)
        return found.values(self) if found else {}

    def leave(self) -> None:
        """Leave after this entry."""
        self.is_over = True

    def show(self, text: str) -> None:
        """Show lines that an entry asked for, without what could steer the terminal."""
        write(f"{without_escapes(text)}\n")

    def note(self, text: str) -> None:
        """Show a line about what happened."""
        print_err(without_escapes(text))

    def tell(self, error: BaseException) -> None:
        """Show what went wrong."""
        self.note("Error: " + "\n".join(lines(error)))

    def exchange(self) -> Exchange:
        """Return who is asked now, in which session, and what listens.

        Raises:
            RegistryError: as ``choose``.
            click.UsageError: as ``choose``, or the settings are broken.
            ProviderError: as ``choose``.
        """
        return self._exchange_with(self.choice)

    def _exchange_with(self, choice: Choice) -> Exchange:
        if self.world.problem is not None:
            raise click.UsageError(self.world.problem)
        return self._exchange(choice, candidates(self.world.router, choice))

    def _exchange(self, choice: Choice, names: Sequence[str]) -> Exchange:
        world = self.world
        return Exchange(
            world.router,
            choice,
            next(iter(names), None),
            world.settings,
            self.session,
            world.hooks,
            world.watcher,
            "text",
            world.verbose,
        )

    async def ask(self, entry: Entry) -> None:
        """Send a message, or what a slash command that is a file makes of it; show the answer.

        Raises:
            click.ClickException: a file must not be attached, a hook denies it, or as ``choose``.
            ProviderError: it was not answered, or not to the end. What arrived is kept.
        """
        self.newest = Newest(entry, answer=self.newest.answer)
        self._with = list(self.attached)
        try:
            question, choice = await question_of(entry, self)
            self.newest.question = question
            self._exchange_with(choice)
        except BaseException:
            self.view.put_back(entry)  # nothing was sent
            raise
        try:
            await self.send(question, choice)
        except BaseException:
            if not self.world.watcher.has_asked:
                self.view.put_back(entry)
            raise

    async def send(self, question: Question, choice: Choice) -> None:
        """Send a question, and show and keep the answer.

        Args:
            question: what is asked.
            choice: who answers it.

        Raises:
            click.ClickException: as ``ask``.
            ProviderError: as ``ask``.
        """
        exchange, before = self._exchange_with(choice), self.session.newest
        watcher = exchange.watcher
        watcher.reset(self.view.renderer(reasoning=self.reasoning, verbose=exchange.verbose))
        try:
            answer, denied = await take_turn(question, exchange, self._context)
        except BaseException as error:
            is_cut = watcher.partial or isinstance(error, asyncio.CancelledError)
            if watcher.has_asked and is_cut:
                self._detach()
            raise
        finally:
            if self.session.newest is not before:
                self.newest.turn = self.session.newest
                self._context = ()
        self.newest.answer = answer
        self._context = ()
        self._detach()
        await self._status.answered(self, answer)
        refuse(denied)

    def _detach(self) -> None:
        """Forget what went with the question; what was attached after it stays."""
        self.attached = [each for each in self.attached if each not in self._with]

    async def refresh(self) -> None:
        """Use the settings, the trust and the keys as they are now; lines say what changed."""
        before = self.world.settings
        try:
            await self.world.refresh(self.note)
        finally:  # Ctrl-C may have come when they were in use already
            if self.world.settings is not before:
                self._follow(before)

    def _follow(self, before: Settings) -> None:
        self.session.use(self.world.settings)
        self.choice, told = choice_after(self.choice, before.values, self.world)
        if told:
            self.note(told)

    async def _do(self, entry: Entry) -> None:
        await self.refresh()
        call = slash.call_of(entry)
        if call is None or call.name in self.world.custom:
            await self.ask(entry)
            return
        command = slash.find(call.name)
        if command is None:
            self.view.put_back(entry)
            raise click.UsageError(slash.unknown(call.name, self.slash_commands()))
        try:
            if call.argument and not command.usage:
                raise click.UsageError(
                    f"/{command.name} stands alone; to send this as a message, begin it with a "
                    "space"
                )
            await command.run(self, call.argument)
        except click.UsageError:
            if call.argument:
                self.view.put_back(entry)
            raise

    async def switch_session(self, session: CurrentSession) -> None:
        """Go on in another session; the hooks are told of the end of one and of the beginning.

        Raises:
            DeniedByHookError: a hook denies that it begins; the chat stays in the one before.
        """
        before = self.session
        if (denied := await self.end_session()) is not None:
            self.note(denied)
        self.session = session
        try:
            await self.begin_session()
        except BaseException:
            self.session = before
            session.close()
            await self.begin_session()  # the hooks were told that it ended
            raise
        before.close()
        self.newest = Newest()

    async def begin_session(self) -> None:
        """Tell the hooks that the session begins; what they add goes with the next message.

        Raises:
            DeniedByHookError: one of them denies it.
        """
        self._context = await begin_session(self._listening())

    async def end_session(self, code: int = 0) -> str | None:
        """Tell the hooks that the session ends; return what a required one that failed says.

        Args:
            code: the exit code, 0 if the chat goes on.
        """
        return (await end_session(self._listening(), code)).denied

    def _listening(self) -> Exchange:
        """Return as ``exchange``; if nobody can be asked, hooks listen all the same."""
        try:
            return self.exchange()
        except (click.ClickException, ProviderError, RegistryError):
            return self._exchange(self.choice, ())

    async def _begin(self) -> None:
        """Begin the first session; what stops the hooks meanwhile ends the chat.

        Raises:
            CancelledError: Ctrl-C stopped them. To leave is no error.
        """
        if self.world.hooks.listens("SessionStart"):
            await self._begin_with_hooks()
        else:
            await self.begin_session()  # Ctrl-C has nothing to stop, and means what is typed
        self._check()

    async def _begin_with_hooks(self) -> None:
        task = asyncio.create_task(self.begin_session())
        with self.view.working("hooks", task.cancel):
            try:
                await task
            except asyncio.CancelledError:
                if not self.view.has_left:
                    raise
                self.leave()

    def _check(self) -> None:
        """Say now, and not after the first message, why nobody can be asked."""
        try:
            self.exchange()
        except (click.ClickException, ProviderError, RegistryError) as error:
            self.tell(error)

    async def _end(self, code: int) -> str | None:
        """End the session, to the end also if a signal ends the command meanwhile.

        The view is closed: for it, the end of the input would stop the hooks.
        """
        loop, task = asyncio.get_running_loop(), asyncio.ensure_future(self._ending(code))
        stop = partial(loop.call_soon_threadsafe, task.cancel)
        with Cancelling(stop, error=asyncio.CancelledError):
            return await to_its_end(task)

    async def _ending(self, code: int) -> str | None:
        try:
            return await self.end_session(code)
        finally:
            await self.world.aclose()
