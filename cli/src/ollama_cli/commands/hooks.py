"""``ollama-cli hooks``: which hooks there are, and what those of an event say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from ollama_cli.choosing.routing import load_settings
from ollama_cli.command_line import options
from ollama_cli.hooks.events import EVENTS
from ollama_cli.hooks.firing import Hooks, Outcome
from ollama_cli.hooks.form import Hook
from ollama_cli.hooks.running import Run
from ollama_cli.hooks.samples import sample_of
from ollama_cli.processes.loop import run
from ollama_cli.terminal.escapes import values_without_escapes, without_escapes
from ollama_cli.terminal.output import warn, write, write_json
from ollama_cli.terminal.pairs import pairs
from ollama_cli.terminal.tables import table

_TITLES = ("EVENT", "MATCHER", "SOURCE", "REQUIRED", "TIMEOUT", "COMMAND")
_SESSION = "sample"
_NONE = "There are no hooks."


@click.command("hooks")
@click.argument("verb", type=click.Choice(["list", "test"]), default="list", metavar="[list|test]")
@click.argument("event", type=click.Choice(list(EVENTS)), required=False, metavar="[EVENT]")
@click.option(
    "--prompt", metavar="TEXT", help="The prompt, or the text of the answer, that they are told."
)
@click.option(
    "--provider",
    metavar="NAME",
    help="The provider that they are told. Default: none, which every matcher matches.",
)
@click.option("-m", "--model", metavar="ID", help="The model that they are told. Default: none.")
@options.with_options(options.output_format)
@click.pass_context
def command(
    ctx: click.Context,
    verb: str,
    event: str | None,
    prompt: str | None,
    provider: str | None,
    model: str | None,
    output_format: str,
) -> None:
    """List your hooks, and those of a trusted project, or try them.

    'hooks test EVENT' runs those of an event with a sample, and shows what they were told, what
    they wrote, and what that would do. Nothing is sent to a provider. Exits with 1 if one failed.
    """
    if (verb == "test") != (event is not None):
        raise click.UsageError(
            f"'hooks test' takes one event: {', '.join(EVENTS)}"
            if event is None
            else "'hooks list' takes no event"
        )
    settings = load_settings(output_format)
    hooks = Hooks.of(settings)
    if hooks.off:
        warn(f"no hook is run, because {hooks.off}", output_format)
    if event is None:
        _list(hooks, output_format)
        return
    sample = sample_of(event, prompt)
    outcome = run(hooks.as_if_enabled().fire(event, provider, model, _SESSION, **sample))
    if output_format == "text":
        write(_tried(event, hooks, outcome))
    else:
        write_json(values_without_escapes(_outcome_fields(event, hooks, outcome)))
    ctx.exit(int(any(each.reply.problem for each in outcome.runs)))


def listed(hooks: Hooks) -> str:
    """Return the hooks as lines that fit the terminal, for the chat."""
    return pairs((hook.event, _in_words(hook, hooks)) for hook in hooks.all) or _NONE


def _in_words(hook: Hook, hooks: Hooks) -> str:
    facts = [
        *([f"matches {hook.matcher}"] if hook.matcher else []),
        *(["required"] if hook.required else []),
        hook.source,
        f"{hook.timeout:g} s",
    ]
    return f"{hooks.shown(hook.command)} ({', '.join(facts)})"


def _list(hooks: Hooks, output_format: str) -> None:
    if output_format != "text":
        found = [_fields(hook, hooks) for hook in hooks.all]
        write_json(values_without_escapes({"hooks": found}))
    elif hooks.all:
        write(table([_TITLES, *(_row(hook, hooks) for hook in hooks.all)]))
    else:
        write(f"{_NONE}\n")


def _row(hook: Hook, hooks: Hooks) -> tuple[str, ...]:
    required = "yes" if hook.required else "no"
    timeout = f"{hook.timeout:g} s"
    return (
        hook.event,
        hook.matcher or "*",
        hook.source,
        required,
        timeout,
        hooks.shown(hook.command),
    )


def _fields(hook: Hook, hooks: Hooks) -> dict[str, Any]:
    return {
        "event": hook.event,
        "matcher": hook.matcher or "*",
        "command": hooks.shown(hook.command),
        "timeout": hook.timeout,
        "required": hook.required,
        "env": list(hook.env),
        "source": hook.source,
        "active": not hooks.off,
    }


def _outcome_fields(event: str, hooks: Hooks, outcome: Outcome) -> dict[str, Any]:
    return {
        "event": event,
        "runs": [_run_fields(each, hooks) for each in outcome.runs],
        "denied": outcome.denied,
        "additional_context": outcome.additional_context,
        "updated_prompt": outcome.updated_prompt,
        "notes": outcome.notes + outcome.details,
    }


def _run_fields(found: Run, hooks: Hooks) -> dict[str, Any]:
    finished = found.finished
    return {
        "command": hooks.shown(found.hook.command),
        "source": found.hook.source,
        "sent": found.sent,
        "exit_code": finished and finished.code,
        "stdout": finished and hooks.shown(finished.stdout.decode("utf-8", "replace")),
        "stderr": finished and hooks.shown(finished.stderr.decode("utf-8", "replace")),
        "duration_s": round(finished.seconds, 3) if finished else 0.0,
        "problem": found.reply.problem,
    }


def _tried(event: str, hooks: Hooks, outcome: Outcome) -> str:
    if not outcome.runs:
        return f"No hook is told of {event}.\n"
    lines = [line for each in outcome.runs for line in _run_lines(_run_fields(each, hooks))]
    return without_escapes("".join(f"{line}\n" for line in (*lines, *_verdict(outcome))))


def _run_lines(fields: dict[str, Any]) -> Iterator[str]:
    yield f"{fields['command']} ({fields['source']}, {fields['duration_s']:.2f} s)"
    for name in ("sent", "exit_code", "stdout", "stderr", "problem"):
        value = fields[name]
        if value not in (None, ""):
            text = str(value).rstrip().replace("\n", "\n    ")
            yield f"  {name.replace('_', ' ')}: {text}"
    yield ""


def _verdict(outcome: Outcome) -> Iterator[str]:
    if outcome.denied is not None:
        yield f"Denied: {outcome.denied}"
    for context in outcome.additional_context:
        yield f"Added to the prompt: {context}"
    if outcome.updated_prompt is not None:
        yield f"Sent instead of the prompt: {outcome.updated_prompt}"
    yield from outcome.notes
    yield from outcome.details
    said = (outcome.denied, outcome.updated_prompt, *outcome.additional_context, *outcome.notes)
    if not any(said):
        yield "Nothing is changed."
