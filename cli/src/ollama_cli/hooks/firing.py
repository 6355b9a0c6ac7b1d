"""Telling hooks of an event, and collecting what they say."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from ollama_cli.hooks.events import EVENTS, name_of
from ollama_cli.terminal.escapes import on_one_line

if TYPE_CHECKING:
    from ollama_cli.hooks.form import Hook  # load what only hooks need
    from ollama_cli.hooks.running import Run
    from ollama_cli.processes.environment import ChildEnvironment
    from ollama_cli.settings.files import Settings

EVENT_VARIABLE = "OLLAMA_CLI_EVENT"
VARIABLES = {EVENT_VARIABLE: "no hook is run, because a hook called the command"}
"""The variable that is read here, and what it does."""

_LONGEST_COMMAND = 80


@dataclass(slots=True)
class Outcome:
    """What the hooks of an event say together.

    Attributes:
        denied: why it is denied; ``None`` if it is not. At an event that cannot be denied any more,
            a required hook failed: the command exits with 7.
        additional_context: texts to add to the prompt.
        updated_prompt: what to send instead of the prompt; ``None`` leaves it.
        notes: lines for standard error.
        details: further lines, for ``--verbose``.
        runs: the hooks that were run, in order.
    """

    denied: str | None = None
    additional_context: list[str] = field(default_factory=list)
    updated_prompt: str | None = None
    notes: list[str] = field(default_factory=list)
    details: list[str] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)


class Hooks:
    """The hooks of the user, and after them those of a trusted project.

    Args:
        hooks: the hooks, in the order in which they run.
        settings: the settings that count; the credentials of their providers are not inherited.
        off: why none of them is run; ``""`` if they are.
    """

    def __init__(self, hooks: Sequence[Hook], settings: Settings, off: str = "") -> None:
        self.all = tuple(hooks)
        self.off = off
        self._settings = settings
        self._environment: ChildEnvironment | None = None

    @classmethod
    def of(cls, settings: Settings, *, no_hooks: bool = False) -> Hooks:
        """Return the hooks of settings that were read.

        Args:
            settings: those of the user, and of the project if it is trusted.
            no_hooks: the option ``--no-hooks``.
        """
        found: list[Hook] = []
        for values, project in settings.hooks:
            if values:
                from ollama_cli.hooks.form import read_hooks

                found += read_hooks(values, "project" if project else "user")
        return cls(found, settings, _why_off(settings.user, no_hooks=no_hooks))

    def listens(self, event: str) -> bool:
        """Whether a hook may be run at this event."""
        return not self.off and any(hook.event == event for hook in self.all)

    def note(self) -> str | None:
        """Return a line that says how many required hooks are not run; ``None`` if all are."""
        required = sum(hook.required for hook in self.all)
        if not self.off or not required:
            return None
        many = "1 required hook is" if required == 1 else f"{required} required hooks are"
        return f"{many} not run, because {self.off}"

    async def fire(
        self,
        event: str,
        provider: str | None,
        model: str | None,
        session_id: str | None,
        *,
        others: Sequence[str] = (),
        **fields: Any,
    ) -> Outcome:
        """Run the hooks of an event one after the other, up to the first that denies it.

        Args:
            event: what happened, or is about to.
            provider: who answers; ``None`` if that is not known yet: then every matcher matches.
            model: the model, if it is known.
            session_id: the session, if there is one.
            others: who else may be asked, as ``provider/model``. A hook that matches one of them
                runs as well, or it could be passed by because the first failed.
            fields: what else the hooks are told, as ``EVENTS`` names it; what is left out is null.
        """
        outcome = Outcome()
        if not self.listens(event):
            return outcome
        payload = payload_of(event, provider, model, session_id, fields)
        named = [] if provider is None else [name_of(provider, model), *others]
        for hook in self.all:
            if hook.event != event or not hook.matches(named):
                continue
            run = await self._run(hook, payload)
            self._add(outcome, run)
            if outcome.denied is not None:
                break
            if run.reply.updated_prompt is not None:
                payload["prompt"] = outcome.updated_prompt = run.reply.updated_prompt
        return outcome

    async def _run(self, hook: Hook, payload: Mapping[str, Any]) -> Run:
        """Run one hook; its texts for people are without credentials."""
        found = await self._run_of(hook, payload)
        reply = found.reply
        shown = {
            name: text and self.shown(text)
            for name, text in (("denied", reply.denied), ("problem", reply.problem))
        }
        return replace(found, reply=replace(reply, **shown))

    async def _run_of(self, hook: Hook, payload: Mapping[str, Any]) -> Run:
        from ollama_cli.hooks.running import failed, run_hook

        project = self._settings.project
        root = project.root if project else None
        if hook.source == "user" or project is None:
            return await run_hook(hook, hook.command, payload, self._inherited(), None, root)
        from ollama_cli.settings.private_copy import PrivateCopy

        if not project.is_unchanged():
            return failed(hook, "the project has changed since it was trusted")
        try:
            with PrivateCopy(project) as copy:
                command = copy.command(hook.command)
                return await run_hook(hook, command, payload, self._inherited(), root, root)
        except OSError as error:
            problem = f"the project's files cannot be copied: {error.strerror or error}"
        return failed(hook, problem)

    def as_if_enabled(self) -> Hooks:
        """Return the same hooks, which run although they are disabled, but not within a hook."""
        return Hooks(self.all, self._settings, _why_off({}, no_hooks=False))

    def shown(self, text: str) -> str:
        """Return a text for people, without the values of variables that may hold a credential."""
        return self._inherited().redact(text)

    def _inherited(self) -> ChildEnvironment:
        from ollama_cli.processes.environment import ChildEnvironment

        if self._environment is None:
            self._environment = ChildEnvironment(self._settings.values)
        return self._environment

    def _add(self, outcome: Outcome, run: Run) -> None:
        outcome.runs.append(run)
        reply, name = run.reply, self._name(run.hook)
        if reply.denied is not None:
            outcome.denied = reply.denied
        elif reply.problem and run.hook.required:
            outcome.denied = f"{name} is required and failed: {reply.problem}"
        elif reply.problem:
            outcome.notes.append(f"{name} failed and was passed over: {reply.problem}")
        if reply.remark:
            outcome.details.append(f"{name}: {reply.remark}")
        if reply.additional_context:
            outcome.additional_context.append(reply.additional_context)

    def _name(self, hook: Hook) -> str:
        """Return what a message calls a hook."""
        command = self.shown(on_one_line(hook.command))
        if len(command) > _LONGEST_COMMAND:
            command = f"{command[:_LONGEST_COMMAND]}..."
        return f"{hook.event} hook {command!r}"


def payload_of(
    event: str,
    provider: str | None,
    model: str | None,
    session_id: str | None,
    fields: Mapping[str, Any],
) -> dict[str, Any]:
    """Return what the hooks of an event are told."""
    from ollama_cli.processes.children import current_folder

    unknown = fields.keys() - set(EVENTS[event])
    assert not unknown, f"{event} tells no {unknown}"
    return {
        "event": event,
        "session_id": session_id,
        "cwd": current_folder(),
        "provider": provider,
        "model": model,
        **{name: fields.get(name) for name in EVENTS[event]},
    }


def _why_off(settings: Mapping[str, Any], *, no_hooks: bool) -> str:
    if no_hooks:
        return "--no-hooks was given"
    if settings.get("disable_hooks"):
        return "the setting 'disable_hooks' is true"
    if os.environ.get(EVENT_VARIABLE):
        return "ollama-cli was called by a hook"  # which would call itself without end
    return ""
