"""One turn of a conversation: from the question to the answer that is shown and stored."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from provider_sdk import (
    AllProvidersFailedError,
    ChatOptions,
    ChatResponse,
    ContextLengthError,
    Message,
    Part,
    ProviderError,
)

from ollama_cli.asking.call import Call, ask
from ollama_cli.asking.exchange import Exchange, refuse
from ollama_cli.choosing.last_route import remember
from ollama_cli.command_line.exit_codes import exit_code
from ollama_cli.hooks.firing import Outcome
from ollama_cli.terminal.answers import Answer, usage_fields

if TYPE_CHECKING:
    from ollama_cli.conversation.compacting import Compacting
    from ollama_cli.conversation.context import Compaction
    from ollama_cli.conversation.window import Window


class Question(NamedTuple):
    """What is asked.

    Attributes:
        prompt: the text, or text and images.
        system: the system prompt that was given; ``None`` for that of the session.
        stream: whether to stream the answer.
        options: further options of the call.
        system_once: the system prompt of this question alone; ``None`` for ``system``.
    """

    prompt: str | Sequence[Part]
    system: str | None
    stream: bool
    options: ChatOptions
    system_once: str | None = None


class Turned(NamedTuple):
    """A turn that came to its end.

    Attributes:
        answer: the answer, which is shown and stored.
        denied: why a required hook that failed afterwards says that it must not end well; ``None``
            if none does.
    """

    answer: Answer
    denied: str | None = None


async def ask_question(question: Question, exchange: Exchange) -> Answer:
    """Ask the only question of this process; show the answer, store it, and tell the hooks.

    Raises:
        DeniedByHookError: a hook denies it; nothing was sent, unless a required hook failed
            afterwards.
        ProviderError: the call failed or the answer is incomplete. What had arrived is shown and
            kept.
    """
    try:
        answer, denied = await take_turn(question, exchange, await begin_session(exchange))
        await _show_status_line(answer, exchange)
        refuse(denied)
    except BaseException as error:
        if (denied := (await _end(exchange, exit_code(error))).denied) is not None:
            exchange.warn(denied)  # the first error decides the exit code
        raise
    refuse((await _end(exchange, 0)).denied)
    return answer


async def messages_to_send(question: Question, exchange: Exchange) -> list[Message]:
    """Return what would be sent, as the hooks change it; nothing is sent, shown or stored.

    Raises:
        DeniedByHookError: a hook denies it.
    """
    try:
        return await _Turn(question, exchange, await begin_session(exchange)).messages()
    finally:
        await _end(exchange, 0)


async def begin_session(exchange: Exchange) -> Sequence[str]:
    """Tell the hooks that a session begins; return what they add to its first question.

    Raises:
        DeniedByHookError: one of them denies it.
    """
    source = "resume" if exchange.session.is_continued else "new"
    return (await exchange.fire("SessionStart", source=source)).additional_context


async def take_turn(question: Question, exchange: Exchange, context: Sequence[str] = ()) -> Turned:
    """Ask a question in its session; show the answer and store it. The session goes on.

    Args:
        question: what is asked.
        exchange: who is asked; its watcher has counted nothing yet.
        context: texts to add to the question.

    Raises:
        DeniedByHookError: a hook denies it; nothing was sent.
        ProviderError: as ``ask_question``.
    """
    exchange.watcher.count_at(exchange.router.usage.prices)
    try:
        with exchange.session.telling_later(), exchange.budgeted():
            try:
                return await _Turn(question, exchange, context).run()
            finally:
                exchange.watcher.renderer.close()
    except ProviderError as error:
        told = await exchange.tell("Error", error=_described(error))
        if told.denied is not None:
            exchange.warn(told.denied)
        raise


async def compact(question: Question, exchange: Exchange, focus: str = "") -> bool:
    """Replace older turns by a summary, although they may fit; a line says what was done.

    Args:
        question: how it is asked for; its prompt is not sent.
        exchange: as for ``take_turn``.
        focus: what to keep above all, in the words of the user.

    Returns:
        Whether anything was replaced; what is short is left as it is.

    Raises:
        DeniedByHookError: a hook denies it; nothing was sent.
        ProviderError: the model did not answer; nothing is replaced.
    """
    exchange.watcher.count_at(exchange.router.usage.prices)
    try:
        with exchange.budgeted():
            return await _Turn(question, exchange, ()).compact(focus)
    finally:
        exchange.session.count(exchange.watcher.take_calls())


async def end_session(exchange: Exchange, code: int) -> Outcome:
    """Tell the hooks that the session ends, with the exit code of the command."""
    return await exchange.tell("SessionEnd", exit_code=code)


async def _show_status_line(answer: Answer, exchange: Exchange) -> None:
    if exchange.output_format == "text" and exchange.settings.values.get("status_line"):
        from ollama_cli.status_lines.after import show_status_line  # only few have one

        await show_status_line(answer, exchange)


async def _end(exchange: Exchange, code: int) -> Outcome:
    try:
        exchange.watcher.renderer.close()
    finally:
        exchange.session.close()
    return await end_session(exchange, code)


class _Turn:
    def __init__(self, question: Question, exchange: Exchange, context: Sequence[str]) -> None:
        self._question = question
        self._exchange = exchange
        self._context = context
        self._system_kept = exchange.session.system(question.system)
        self._system = question.system_once or self._system_kept
        self._asked = Message("user", "")
        self._kept = False
        self._trigger = "auto"

    async def messages(self) -> list[Message]:
        from ollama_cli.conversation.context import messages_of

        self._asked = await self._message()
        messages = messages_of(self._exchange.session.conversation(self._system, [self._asked]))
        await self._tell_request(messages)
        return messages

    async def compact(self, focus: str) -> bool:
        self._trigger = "manual"
        compacting = self._compacting([])
        return compacting is not None and await compacting.now(focus) is not None

    async def run(self) -> Turned:
        exchange = self._exchange
        self._asked = await self._message()
        try:
            answer = await self._answer()
        except BaseException as error:
            self._keep_partial()
            self._remember_failure(error)
            if (denied := await self._tell_fallbacks()) is not None:
                exchange.warn(denied)
            raise
        denied = await self._tell_fallbacks()
        problem = remember(exchange.choice.task, answer.route.attempts, answer.route)
        if problem and exchange.verbose:
            exchange.warn(problem)
        route = answer.route
        told = await exchange.tell_of(
            route.provider, route.model or None, "PostResponse", **_fields(answer)
        )
        return Turned(answer, denied or told.denied)

    async def _message(self) -> Message:
        """Return the message to send, as the hooks change it."""
        prompt = self._question.prompt
        text = prompt if isinstance(prompt, str) else Message("user", list(prompt)).text
        outcome = await self._exchange.fire("UserPromptSubmit", prompt=text)
        if outcome.updated_prompt is not None:
            text = outcome.updated_prompt
        text = "\n\n".join([text, *self._context, *outcome.additional_context])
        if isinstance(prompt, str):
            return Message("user", text)
        images = [part for part in prompt if part["type"] != "text"]
        return Message("user", [*images, {"type": "text", "text": text}] if text else images)

    async def _answer(self) -> Answer:
        compacting = self._compacting([self._asked])
        if compacting is None:
            system = [Message("system", self._system)] if self._system else []
            return await self._call([*system, self._asked])
        messages = await compacting.messages()
        try:
            return await self._call(messages)
        except ContextLengthError as error:
            refused = error
        # The window was smaller than anybody said; nothing of an answer has been shown.
        return await self._call(await compacting.messages_after(refused))

    def _compacting(self, asked: Sequence[Message]) -> Compacting | None:
        """Return what fits the earlier turns into the window; ``None`` without any."""
        exchange = self._exchange
        if not exchange.session.is_continued or exchange.first is None:
            return None
        from ollama_cli.conversation.compacting import Compacting

        return Compacting(
            exchange.session.conversation(self._system, asked),
            exchange.router.get_provider(exchange.first),
            exchange.choice.model,
            self._question.options,
            exchange.settings.values,
            summarize=self._summarize,
            before=self._before_compaction,
            done=self._compacted,
        )

    async def _before_compaction(self, tokens: int, window: Window) -> None:
        await self._exchange.fire(
            "PreCompact", trigger=self._trigger, tokens=tokens, context_window=window.tokens
        )

    async def _summarize(self, messages: list[Message], max_tokens: int) -> str:
        router, choice = self._exchange.router, self._exchange.choice
        options: ChatOptions = {"max_tokens": max_tokens}
        if "timeout" in self._question.options:
            options["timeout"] = self._question.options["timeout"]
        response = await router.route(
            choice.task, messages, provider=choice.provider, model=choice.model, **options
        )
        text: str = response.text
        return text

    def _compacted(self, compaction: Compaction) -> None:
        from ollama_cli.conversation.report import sentence

        rows = self._exchange.watcher.take_calls()
        self._exchange.session.keep_summary(compaction, rows)
        self._exchange.warn(sentence(compaction, rows))

    async def _call(self, messages: Sequence[Message]) -> Answer:
        question, exchange = self._question, self._exchange
        await self._tell_request(messages)
        call = Call(exchange.choice, messages, question.stream, question.options)
        return await ask(exchange.router, call, exchange.watcher, self._keep)

    async def _tell_request(self, messages: Sequence[Message]) -> None:
        if self._exchange.hooks.listens("PreRequest"):
            sent = [message.to_dict() for message in messages]
            await self._exchange.fire("PreRequest", messages=sent, stream=self._question.stream)

    def _keep(self, answer: Answer) -> str | None:
        self._kept = True
        return self._store(answer.response, answer.duration_s)

    def _keep_partial(self) -> None:
        """Store what had arrived of an answer, else only what was used."""
        partial = self._exchange.watcher.partial
        if self._kept:
            return
        if partial is not None and (partial.text or partial.reasoning):
            self._store(partial, 0.0, interrupted=True)
        else:
            self._exchange.session.count(self._exchange.watcher.take_calls())

    def _store(
        self, response: ChatResponse, duration_s: float, *, interrupted: bool = False
    ) -> str | None:
        from ollama_cli.conversation.records import Turn

        route = response.route
        assert route is not None, "a router adds one to each answer"
        turn = Turn(
            [self._asked, response.message],
            provider=route.provider,
            model=route.model or None,
            at=datetime.now(UTC),
            duration_s=duration_s,
            response_model=response.model or None,
            served_by=response.served_by,
            interrupted=interrupted,
        )
        calls = self._exchange.watcher.take_calls()
        return self._exchange.session.keep(turn, self._system_kept, calls)

    def _remember_failure(self, error: BaseException) -> None:
        attempts = self._exchange.watcher.failures
        if isinstance(error, AllProvidersFailedError):
            remember(self._exchange.choice.task, error.attempts, None)
        elif isinstance(error, ProviderError) and attempts:
            remember(self._exchange.choice.task, attempts, None)

    async def _tell_fallbacks(self) -> str | None:
        """Tell the hooks of each fallback; return why the command must not end well."""
        denied = None
        for attempt, error, to, note in self._exchange.watcher.fallbacks:
            outcome = await self._exchange.tell_of(
                attempt.provider,
                attempt.model or None,
                "Fallback",
                error=_described(error),
                to=to,
                message=note,
            )
            denied = denied or outcome.denied
        return denied


def _fields(answer: Answer) -> dict[str, Any]:
    response = answer.response
    return {
        "response_model": response.model or None,
        "served_by": response.served_by,
        "text": response.text,
        "finish_reason": response.finish_reason,
        "usage": usage_fields(answer.usage),
        "cost_usd": None if answer.cost_usd is None else float(answer.cost_usd),
        "duration_s": round(answer.duration_s, 3),
    }


def _described(error: ProviderError) -> dict[str, Any]:
    return {"type": type(error).__name__, "message": error.message, "status": error.status}
