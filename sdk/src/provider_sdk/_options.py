"""The options of a chat call: one closed set for all providers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, TypedDict, cast

from provider_sdk._errors import ProviderRequestError
from provider_sdk._shapes import check_shapes
from provider_sdk._validation import (
    SECONDS,
    all_are,
    check_finite,
    did_you_mean,
    is_mapping,
    is_number,
    is_seconds,
    is_sendable,
    is_text,
    is_whole,
    safe_repr,
)

ReasoningEffort = Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"]


class ChatOptions(TypedDict, total=False):
    """The keywords of ``chat`` and ``complete``; one that is absent is left to the service.

    ``None``, and an empty ``tools`` or ``stop`` list, count as absent.

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
    """Seed for repeatable sampling, if the service offers it."""
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
"""The names of all options."""
_LISTS = frozenset({"stop", "tools"})
_SET_BY_HTTP = frozenset({"content-length", "transfer-encoding"})

_NUMBER = (is_number, "a finite number")
_WHOLE = (is_whole, "a whole number")
_MAPPING = (is_mapping, "a mapping")
_FORMS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "temperature": _NUMBER,
    "top_p": _NUMBER,
    "max_tokens": _WHOLE,
    "stop": (lambda value: is_text(value) or all_are(is_text, value), "text or a list of texts"),
    "seed": _WHOLE,
    "tools": (lambda value: all_are(is_mapping, value), "a list of mappings"),
    "tool_choice": (lambda value: is_text(value) or is_mapping(value), "text or a mapping"),
    "response_format": _MAPPING,
    "reasoning_effort": (is_text, "text"),
    "timeout": (is_seconds, SECONDS),
    "extra_headers": _MAPPING,
    "extra_body": _MAPPING,
}


def checked_options(options: Mapping[str, Any]) -> ChatOptions:
    """Return the options that are set; every one is known and of the right form and shape.

    Raises:
        TypeError: an option does not exist; the message names the nearest that does.
        ProviderRequestError: an option has another form or shape than ``ChatOptions`` says, a
            number is not finite, or a header is not text or is set by HTTP itself.
    """
    checked = checked_forms(options)
    check_shapes(checked)
    return checked


def checked_forms(options: Mapping[str, Any]) -> ChatOptions:
    """Return the options that are set, like ``checked_options``, but without checking shapes.

    If a provider cannot do what an option asks, that error comes before one about its shape.
    """
    present = {name: value for name, value in options.items() if value is not None}
    for name in options:
        if name not in OPTION_NAMES:
            raise TypeError(f"unknown option {name!r}{did_you_mean(name, OPTION_NAMES)}")
    for name, value in present.items():
        has_form, form = _FORMS[name]
        if not has_form(value):
            raise ProviderRequestError(f"{name} must be {form}, not {safe_repr(value)}")
    for name in _LISTS & present.keys():
        # An empty list means nothing, and services reject it.
        if not present[name]:
            del present[name]
    if "extra_headers" in present:
        _check_headers(present["extra_headers"])
    if "extra_body" in present:
        check_finite("extra_body", present["extra_body"])
    return cast("ChatOptions", present)


def _check_headers(headers: Mapping[Any, Any]) -> None:
    for name, value in headers.items():
        if not is_sendable(name) or not is_sendable(value):
            # The value is not repeated: it may be a credential.
            raise ProviderRequestError(
                f"extra_headers must map text to text that a header can carry; {name!r} does not"
            )
        if name.lower() in _SET_BY_HTTP:
            raise ProviderRequestError(
                f"extra_headers must not hold {name!r}, which HTTP itself sets"
            )
