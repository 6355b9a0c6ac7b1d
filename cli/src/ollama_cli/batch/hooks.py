"""Hooks of a bulk run: as of one question, once a run and once a failure, never once a row."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from provider_sdk import ProviderError

from ollama_cli.hooks import DeniedByHookError
from ollama_cli.hooks.firing import Hooks, Outcome

_NO_PROMPT = (
    "a hook changes the prompt, which a bulk run does not let it do: it would be told of each row"
)
_NO_CONTEXT = "what a hook adds to the prompt is not sent: a bulk run sends its rows as they are"


@dataclass(frozen=True, slots=True)
class RunHooks:
    """Tells the hooks what a run does.

    Attributes:
        hooks: the hooks.
        provider: who is asked first; ``None`` if that is not known.
        model: the model that is asked first; ``None`` if that is not known.
        others: who else may be asked, as matchers see them.
        note: shows a line to the user.
        detail: shows a further line, for ``--verbose``.
    """

    hooks: Hooks
    provider: str | None
    model: str | None
    others: Sequence[str]
    note: Callable[[str], None]
    detail: Callable[[str], None] = field(default=lambda _: None)

    async def begin(self, *, resumes: bool) -> None:
        """Tell of ``SessionStart``.

        Raises:
            DeniedByHookError: a hook denies it.
        """
        outcome = await self._fire("SessionStart", source="resume" if resumes else "new")
        self._refuse(outcome)

    async def ask(self, what: str, messages: Sequence[Mapping[str, Any]]) -> None:
        """Tell of ``UserPromptSubmit`` and ``PreRequest``, before anything is sent.

        Args:
            what: the run in words, and the prompt of its first row.
            messages: those of its first row.

        Raises:
            DeniedByHookError: a hook denies it, or wants to change the prompt.
        """
        outcome = await self._fire("UserPromptSubmit", prompt=what)
        if outcome.updated_prompt is not None:
            raise DeniedByHookError(_NO_PROMPT)
        self._refuse(outcome)
        if self.hooks.listens("PreRequest"):
            outcome = await self._fire("PreRequest", messages=list(messages), stream=False)
            self._refuse(outcome)

    async def answered(self, fields: Mapping[str, Any]) -> None:
        """Tell of ``PostResponse``: that the run is finished, with the sums of its rows.

        Raises:
            DeniedByHookError: a required hook failed.
        """
        outcome = await self._fire("PostResponse", **fields)
        if outcome.denied is not None:
            raise DeniedByHookError(outcome.denied)

    async def failed(self, error: ProviderError) -> None:
        """Tell of ``Error``: that the run was stopped, or that rows of it failed."""
        described = {
            "type": type(error).__name__,
            "message": error.message,
            "status": error.status,
        }
        await self._tell("Error", error=described)

    async def end(self, code: int) -> str | None:
        """Tell of ``SessionEnd``; return why the command must not end well."""
        return (await self._fire("SessionEnd", exit_code=code)).denied

    async def _tell(self, event: str, **fields: Any) -> None:
        outcome = await self._fire(event, **fields)
        if outcome.denied is not None:
            self.note(outcome.denied)  # the error that was met first decides the exit code

    def _refuse(self, outcome: Outcome) -> None:
        if outcome.denied is not None:
            raise DeniedByHookError(outcome.denied)
        if outcome.additional_context:
            self.note(_NO_CONTEXT)

    async def _fire(self, event: str, **fields: Any) -> Outcome:
        outcome = await self.hooks.fire(
            event, self.provider, self.model, None, others=self.others, **fields
        )
        for note in outcome.notes:
            self.note(note)
        for detail in outcome.details:
            self.detail(detail)
        return outcome
