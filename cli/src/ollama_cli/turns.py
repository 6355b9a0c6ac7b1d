"""One turn of a conversation: from the question to the answer that is shown and stored."""

from __future__ import annotations

import sys
from asyncio import CancelledError
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
    ProviderRouter,
)

from ollama_cli.asking import Call, Watcher, ask
from ollama_cli.choice import Choice
from ollama_cli.conversation.current import CurrentSession
from ollama_cli.exit_codes import INTERRUPTED, exit_code
from ollama_cli.hooks import DeniedByHookError
from ollama_cli.hooks.events import name_of
from ollama_cli.hooks.firing import Hooks, Outcome
from ollama_cli.last_route import remember
from ollama_cli.routing import candidates
from ollama_cli.settings.files import Settings
from ollama_cli.terminal.answers import Answer, usage_fields
from ollama_cli.terminal.output import print_err, warn

if TYPE_CHECKING:
    from provider_sdk import UsageRow

    from ollama_cli.conversation.compacting import Compacting
    from ollama_cli.conversation.context import Compaction
    from ollama_cli.conversation.window import Window

_SUMMARY = "summary"
"""The counter's name for the calls that make summaries."""


class Question(NamedTuple):
    """What is asked.

    Attributes:
        prompt: the text, or text and images.
        system: the system prompt that was given; ``None`` for that of the session.
        stream: whether to stream the answer.
        options: further options of the call.
    """

    prompt: str | Sequence[Part]
    system: str | None
    stream: bool
    options: ChatOptions


class Place(NamedTuple):
    """Who is asked in which session, and what listens.

    Attributes:
        router: asks; its observer is the watcher.
        choice: who is to answer, with which model.
        first: who is asked first, as far as that is known.
        settings: the settings.
        session: the session.
        hooks: the hooks.
        watcher: shows the answer.
        output_format: the form of lines on standard error.
        verbose: whether details are shown there.
    """

    router: ProviderRouter
    choice: Choice
    first: str | None
    settings: Settings
    session: CurrentSession
    hooks: Hooks
    watcher: Watcher
    output_format: str
    verbose: bool = False

    @property
    def model(self) -> str | None:
        """Return the model that is asked first, as far as that is known."""
        if self.choice.model or self.first is None:
            return self.choice.model
        return self.router.get_provider(self.first).default_model

    async def fire(self, event: str, **fields: Any) -> Outcome:
        """Run the hooks of an event before the call.

        Raises:
            DeniedByHookError: one of them denies it.
        """
        outcome = await self.tell(event, **fields)
        refuse(outcome.denied)
        return outcome

    async def tell(self, event: str, **fields: Any) -> Outcome:
        """Run the hooks of an event about the call; the outcome says whether it is denied."""
        if not self.hooks.listens(event):
            return Outcome()
        return await self.tell_of(self.first, self.model, event, others=self._others(), **fields)

    async def tell_of(
        self, provider: str | None, model: str | None, event: str, **fields: Any
    ) -> Outcome:
        """Run the hooks of an event about a provider and a model; as ``tell``."""
        outcome = await self.hooks.fire(event, provider, model, self.session.id, **fields)
        for note in outcome.notes:
            self.warn(note)
        for detail in outcome.details if self.verbose else ():
            self.warn(detail)
        return outcome

    def _others(self) -> list[str]:
        """Return who may be asked after the first, as matchers see them."""
        names = candidates(self.router, self.choice)
        found = (name for name in names if name != self.first)
        return [name_of(name, self.router.get_provider(name).default_model) for name in found]

    def warn(self, message: str) -> None:
        """Write a line to standard error."""
        warn(message, self.output_format)


def refuse(reason: str | None) -> None:
    """Raise ``DeniedByHookError`` if there is a reason."""
    if reason is not None:
        raise DeniedByHookError(reason)


async def ask_question(question: Question, place: Place) -> Answer:
    """Ask a question in its session; show the answer, store it, and tell the hooks.

    Raises:
        DeniedByHookError: a hook denies it; nothing was sent, unless a required hook failed
            afterwards.
        ProviderError: the call failed or the answer is incomplete. What had arrived is shown and
            kept.
    """
    try:
        answer = await _Turn(question, place).run()
    except BaseException as error:
        outcomes = []
        if isinstance(error, ProviderError):
            outcomes.append(await place.tell("Error", error=_described(error)))
        outcomes.append(await _end(place, _code(error)))
        for outcome in outcomes:
            if outcome.denied is not None:
                place.warn(outcome.denied)  # the first error decides the exit code
        raise
    refuse((await _end(place, 0)).denied)
    return answer


async def _end(place: Place, code: int) -> Outcome:
    place.watcher.renderer.close()
    place.session.close()
    return await place.tell("SessionEnd", exit_code=code)


def _code(error: BaseException) -> int:
    return INTERRUPTED if isinstance(error, CancelledError) else exit_code(error)


class _Turn:
    def __init__(self, question: Question, place: Place) -> None:
        self._question = question
        self._place = place
        self._system = place.session.system(question.system)
        self._asked = Message("user", "")
        self._kept = False

    async def run(self) -> Answer:
        place = self._place
        context = await place.fire(
            "SessionStart", source="resume" if place.session.is_continued else "new"
        )
        self._asked = await self._message(context.additional_context)
        try:
            answer = await self._answer()
        except BaseException as error:
            self._keep_partial()
            self._remember_failure(error)
            if (denied := await self._tell_fallbacks()) is not None:
                place.warn(denied)
            raise
        denied = await self._tell_fallbacks()
        problem = remember(place.choice.task, answer.route.attempts, answer.route)
        if problem and place.verbose:
            place.warn(problem)
        route = answer.route
        told = await place.tell_of(
            route.provider, route.model or None, "PostResponse", **_fields(answer)
        )
        await self._show_status_line(answer)
        refuse(denied or told.denied)
        return answer

    async def _show_status_line(self, answer: Answer) -> None:
        """Show the status line that the settings choose, on a terminal."""
        place = self._place
        chosen = place.settings.values.get("status_line")
        if not chosen or place.output_format != "text" or not sys.stderr.isatty():
            return
        from ollama_cli.status_lines.answered import facts_of
        from ollama_cli.status_lines.lines import StatusLine

        provider = place.router.get_provider(answer.route.provider)
        window = place.settings.values.get("context_window")
        facts = facts_of(answer, provider, place.session.calls(), window)
        if line := await StatusLine(place.settings).render(facts):
            print_err(line)

    async def _message(self, context: Sequence[str]) -> Message:
        """Return the message to send, as the hooks change it."""
        prompt = self._question.prompt
        text = prompt if isinstance(prompt, str) else Message("user", list(prompt)).text
        outcome = await self._place.fire("UserPromptSubmit", prompt=text)
        if outcome.updated_prompt is not None:
            text = outcome.updated_prompt
        text = "\n\n".join([text, *context, *outcome.additional_context])
        if isinstance(prompt, str):
            return Message("user", text)
        images = [part for part in prompt if part["type"] != "text"]
        return Message("user", [*images, {"type": "text", "text": text}] if text else images)

    async def _answer(self) -> Answer:
        compacting = self._compacting()
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

    def _compacting(self) -> Compacting | None:
        """Return what fits the earlier turns into the window; ``None`` if there are none."""
        place = self._place
        if not place.session.is_continued or place.first is None:
            return None
        from ollama_cli.conversation.compacting import Compacting

        return Compacting(
            place.session.conversation(self._system, [self._asked]),
            place.router.get_provider(place.first),
            place.choice.model,
            self._question.options,
            place.settings.values,
            summarize=self._summarize,
            before=self._before_compaction,
            done=self._compacted,
        )

    async def _before_compaction(self, tokens: int, window: Window) -> None:
        await self._place.fire(
            "PreCompact", trigger="auto", tokens=tokens, context_window=window.tokens
        )

    async def _summarize(self, messages: list[Message], max_tokens: int) -> str:
        router, choice = self._place.router, self._place.choice
        options: ChatOptions = {"max_tokens": max_tokens}
        if "timeout" in self._question.options:
            options["timeout"] = self._question.options["timeout"]
        with router.usage.session(_SUMMARY):
            response = await router.route(
                choice.task, messages, provider=choice.provider, model=choice.model, **options
            )
        text: str = response.text
        return text

    def _compacted(self, compaction: Compaction) -> None:
        from ollama_cli.conversation.report import sentence

        rows = [row for row in self._place.router.usage.rows() if row.session == _SUMMARY]
        self._place.session.keep_summary(compaction, rows)
        self._place.warn(sentence(compaction, rows))

    async def _call(self, messages: Sequence[Message]) -> Answer:
        question, place = self._question, self._place
        if place.hooks.listens("PreRequest"):
            sent = [message.to_dict() for message in messages]
            await place.fire("PreRequest", messages=sent, stream=question.stream)
        call = Call(place.choice, messages, question.stream, question.options)
        return await ask(place.router, call, place.watcher, self._keep)

    def _keep(self, answer: Answer) -> str | None:
        self._kept = True
        return self._store(answer.response, answer.duration_s)

    def _keep_partial(self) -> None:
        """Store what had arrived of an answer, else only what was used."""
        partial = self._place.watcher.partial
        if self._kept:
            return
        if partial is not None and (partial.text or partial.reasoning):
            self._store(partial, 0.0, interrupted=True)
        else:
            self._place.session.count(self._rows())

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
        return self._place.session.keep(turn, self._system, self._rows())

    def _rows(self) -> list[UsageRow]:
        return [row for row in self._place.router.usage.rows() if row.session is None]

    def _remember_failure(self, error: BaseException) -> None:
        attempts = self._place.watcher.failures
        if isinstance(error, AllProvidersFailedError):
            remember(self._place.choice.task, error.attempts, None)
        elif isinstance(error, ProviderError) and attempts:
            remember(self._place.choice.task, attempts, None)

    async def _tell_fallbacks(self) -> str | None:
        """Tell the hooks of each fallback; return why the command must not end well."""
        denied = None
        for attempt, error, to, note in self._place.watcher.fallbacks:
            outcome = await self._place.tell_of(
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
