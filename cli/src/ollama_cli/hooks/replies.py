"""What a hook that was run says: by its exit code, and by JSON on its standard output."""

from __future__ import annotations

import json
from codecs import BOM_UTF8
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from ollama_cli.hooks.events import CAN_BE_DENIED, TAKES_CONTEXT, TAKES_PROMPT
from ollama_cli.hooks.form import nearest
from ollama_cli.processes.children import Finished
from ollama_cli.terminal.escapes import on_one_line, without_escapes

LONGEST_OUTPUT = 16 << 20
"""Bytes; room for the longest prompt."""
LONGEST_CONTEXT = 100_000
"""Characters of context that a hook may add."""

_DENIED = 2
_LONGEST_REASON = 500
_KEYS = ("decision", "reason", "additional_context", "updated_prompt")
_DECISIONS = ("allow", "deny")


@dataclass(frozen=True, slots=True)
class Reply:
    """What a hook says.

    Attributes:
        denied: why it denies what it was asked about; ``None`` if it does not.
        additional_context: what to add to the prompt.
        updated_prompt: what to send instead of the prompt.
        problem: why it failed; ``None`` if it did not.
        remark: what its author may want to know.
    """

    denied: str | None = None
    additional_context: str | None = None
    updated_prompt: str | None = None
    problem: str | None = None
    remark: str | None = None


def reply_of(event: str, finished: Finished, timeout: float) -> Reply:
    """Return what a hook says.

    Args:
        event: what it was told of.
        finished: what became of it.
        timeout: the most seconds that it had.
    """
    try:
        return _reply(event, finished, timeout)
    except ValueError as error:
        return Reply(problem=str(error))


def _reply(event: str, finished: Finished, timeout: float) -> Reply:
    if finished.code is None:
        raise ValueError(f"it did not end within {timeout:g} s")
    if finished.code == _DENIED:
        return _denied(event, _shown(finished.stderr))
    if finished.code:
        raise ValueError(f"it {_ending(finished.code)}{_last_line(finished.stderr)}")
    found = _object_in(finished.stdout, is_cut=finished.is_cut)
    if found is None:
        is_text = finished.stdout.strip() or None
        return Reply(remark=is_text and "what it wrote is not a JSON object, and is not used")
    return _of_object(event, found)


def _of_object(event: str, found: Mapping[str, Any]) -> Reply:
    for key in found:
        if key not in _KEYS:
            raise ValueError(f"its JSON has an unknown key {key[:60]!r}{nearest(key, _KEYS)}")
    context, prompt = found.get("additional_context"), found.get("updated_prompt")
    for key in _KEYS:
        if not isinstance(found.get(key), str | None):
            raise ValueError(f"{key!r} in its JSON must be a text")
    if found.get("decision") not in (None, *_DECISIONS):
        raise ValueError(f"'decision' in its JSON must be one of {', '.join(_DECISIONS)}")
    if found.get("decision") == "deny":
        return _denied(event, _shown((found.get("reason") or "").encode("utf-8", "replace")))
    if context and event not in TAKES_CONTEXT:
        raise ValueError(f"'additional_context' has no effect at {event}")
    if prompt is not None and event not in TAKES_PROMPT:
        raise ValueError(f"'updated_prompt' has no effect at {event}")
    if context and len(context) > LONGEST_CONTEXT:
        raise ValueError(f"'additional_context' is longer than {LONGEST_CONTEXT} characters")
    if prompt is not None and not (prompt := _clean(prompt)).strip():
        raise ValueError("'updated_prompt' is empty; to stop a prompt, deny it")
    return Reply(additional_context=_clean(context or "") or None, updated_prompt=prompt)


def _denied(event: str, reason: str) -> Reply:
    reason = reason or "it gave no reason"
    if event in CAN_BE_DENIED:
        return Reply(denied=reason)
    raise ValueError(f"{event} cannot be denied ({reason})")


def _object_in(output: bytes, *, is_cut: bool) -> Mapping[str, Any] | None:
    """Return the JSON object that it wrote: all of it, or the last line, after what it logged."""
    text = output.removeprefix(BOM_UTF8).strip()
    begins = text.startswith(b"{")
    if is_cut:
        if begins:
            raise ValueError(f"it wrote more than {LONGEST_OUTPUT >> 20} MiB")
        return None
    if not begins:
        text = text.splitlines()[-1] if text else b""
        if not text.startswith(b"{"):
            return None
    try:
        # Shells write line breaks into JSON texts as they are; a denial is not lost for that.
        found: Mapping[str, Any] = json.loads(text.decode(), parse_constant=_refuse, strict=False)
    except RecursionError:
        problem = "its JSON is nested too deeply"
    except ValueError as error:
        problem = f"what it wrote begins like JSON, and is not JSON: {error}"
    else:
        return found
    raise ValueError(problem)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _ending(code: int) -> str:
    return f"exited with {code}" if code > 0 else f"was ended by signal {-code}"


def _last_line(output: bytes) -> str:
    lines = [line for line in output.splitlines() if line.strip()]
    return f": {_shown(lines[-1])}" if lines else ""


def _shown(output: bytes) -> str:
    text = on_one_line(output.decode("utf-8", "replace"))
    return text if len(text) <= _LONGEST_REASON else f"{text[:_LONGEST_REASON]}..."


def _clean(text: str) -> str:
    return without_escapes(text.encode("utf-8", "replace").decode())
