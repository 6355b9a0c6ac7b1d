"""The options of a chat call: one closed set for all providers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypedDict, cast

from provider_sdk._suggest import did_you_mean

ReasoningEffort = Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"]


class ChatOptions(TypedDict, total=False):
    """Keywords of ``chat`` and ``complete``; an absent option or ``None`` leaves it to the service.

    Shapes are those of the OpenAI chat completions API, which most services share; a provider
    translates them for its own wire.
    """

    temperature: float | None
    """Sampling temperature."""
    top_p: float | None
    """Nucleus sampling mass, 0 to 1."""
    max_tokens: int | None
    """Upper bound of tokens to write."""
    stop: str | Sequence[str] | None
    """Text, or texts, at which to stop."""
    seed: int | None
    """Seed for repeatable sampling, where the service offers it."""
    tools: Sequence[Mapping[str, Any]] | None
    """``{"type": "function", "function": {"name", "description", "parameters"}}`` each."""
    tool_choice: str | Mapping[str, Any] | None
    """``"auto"``, ``"none"``, ``"required"`` or one function by name."""
    response_format: Mapping[str, Any] | None
    """``{"type": "text" | "json_object"}`` or ``{"type": "json_schema", "json_schema": {…}}``."""
    reasoning_effort: ReasoningEffort | str | None
    """How much to think before answering."""
    timeout: float | None
    """Seconds for this call, instead of the provider's own."""
    extra_headers: Mapping[str, str] | None
    """HTTP headers to add to this request."""
    extra_body: Mapping[str, Any] | None
    """Fields to merge into the body of this request, over what the provider put there."""


OPTION_NAMES: frozenset[str] = frozenset(ChatOptions.__annotations__)
_FRAMING = frozenset({"content-length", "transfer-encoding"})
_OBJECTS = frozenset({"response_format", "extra_headers", "extra_body"})


def checked_options(options: Mapping[str, Any]) -> ChatOptions:
    """Return the options that are set, or say which one is unknown.

    Raises:
        TypeError: an option does not exist; the message names the nearest that does.
        ValueError: ``timeout`` is not a positive number, another is not finite, an object is none,
            or a header is no text or HTTP's own.
    """
    for name in options:
        if name not in OPTION_NAMES:
            raise TypeError(f"unknown option {name!r}{did_you_mean(name, OPTION_NAMES)}")
    present = {name: value for name, value in options.items() if value is not None}
    if "timeout" in present:
        positive_seconds("timeout", present["timeout"])
    for name in _OBJECTS & present.keys():
        if not isinstance(present[name], Mapping):
            # The value is not repeated: headers may hold a credential.
            raise ValueError(f"{name} must be a mapping, not {type(present[name]).__name__}")
    for name, value in present.items():
        if isinstance(value, float) and not math.isfinite(value):
            # JSON has no word for it: null would be sent, and the option silently lost.
            raise ValueError(f"{name} must be a finite number, not {value!r}")
    _check_headers(present.get("extra_headers", {}))
    return cast("ChatOptions", present)


def _check_headers(headers: Mapping[Any, Any]) -> None:
    for name, value in headers.items():
        if not isinstance(name, str) or not isinstance(value, str):
            raise ValueError(f"extra_headers must map text to text; {name!r} does not")
        if name.lower() in _FRAMING:
            raise ValueError(f"extra_headers must not hold {name!r}, which HTTP itself sets")


def positive_seconds(name: str, value: object) -> float:
    """Return ``value`` as seconds, or raise ``ValueError`` in one sentence."""
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < float("inf"):
        return float(value)
    raise ValueError(f"{name} must be a positive number of seconds, not {value!r}")
