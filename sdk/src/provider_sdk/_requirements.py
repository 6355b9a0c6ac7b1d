"""Which capabilities a call needs, and the error if the provider lacks one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from provider_sdk._capabilities import CAPABILITIES, Capability
from provider_sdk._errors import ProviderRequestError, UnsupportedCapabilityError
from provider_sdk._messages import Message
from provider_sdk._options import ChatOptions
from provider_sdk._validation import safe_repr

if TYPE_CHECKING:
    from provider_sdk._base import BaseProvider

Needs = Iterable[tuple[Capability, str]]
"""What a call needs, and what in it needs that."""


def check_supported(
    provider: BaseProvider, messages: Sequence[Message], options: ChatOptions, *, stream: bool
) -> None:
    """Raise if the provider cannot serve a call.

    Raises:
        UnsupportedCapabilityError: the provider lacks a capability; the error names the first.
        ProviderRequestError: ``stream`` is neither true nor false.
    """
    if not isinstance(stream, bool):
        raise ProviderRequestError(
            f"stream must be True or False, not {safe_repr(stream)}", provider=provider.name
        )
    if provider.capabilities == CAPABILITIES:
        return
    check_needs(provider, requirements(messages, options, stream=stream))


def check_needs(provider: BaseProvider, needs: Needs) -> None:
    """Raise ``UnsupportedCapabilityError`` for the first capability that a provider lacks."""
    for capability, what in needs:
        if capability not in provider.capabilities:
            raise unsupported(provider, capability, what)


def chosen_model(provider: BaseProvider, model: str | None, default: str) -> str:
    """Return the model to ask.

    Raises:
        ProviderRequestError: ``model`` is not a name, or neither it nor a default is set.
    """
    if model is None and default:
        return default
    if isinstance(model, str) and model.strip():
        return model
    raise ProviderRequestError(
        _model_problem(model), provider=provider.name, hint="Name a model, or set a default one."
    )


def _model_problem(model: object) -> str:
    if model is None:
        return "no model was named, and the provider has no default"
    return f"model must be a name, not {'empty' if isinstance(model, str) else safe_repr(model)}"


def unsupported(
    provider: BaseProvider, capability: Capability, what: str
) -> UnsupportedCapabilityError:
    """Return the error for a call that needs a capability which the provider lacks.

    Args:
        provider: the provider.
        capability: what it lacks.
        what: what needs it, as the error calls it.
    """
    return unsupported_by(provider.name, capability, what)


def unsupported_by(name: str, capability: Capability, what: str) -> UnsupportedCapabilityError:
    """Return the same error for a provider that is known by its name only."""
    return UnsupportedCapabilityError(
        f"{name} does not support {what} (capability {capability!r}); nothing was sent",
        provider=name,
    )


def requirements(
    messages: Sequence[Message], options: ChatOptions, *, stream: bool
) -> Iterator[tuple[Capability, str]]:
    """Yield each capability that the call needs, with a description of what needs it."""
    if stream:
        yield "streaming", "stream=True"
    yield from _needs_of_messages(messages)
    yield from _needs_of_options(options)


def _needs_of_messages(messages: Sequence[Message]) -> Iterator[tuple[Capability, str]]:
    for message in messages:
        if message.role == "system":
            yield "system", "a system message"
        if message.role == "tool" or message.tool_calls:
            yield "tools", "a tool call in the conversation"
            if len(message.tool_calls) > 1:
                yield "parallel_tools", "several tool calls in one message"
        if not isinstance(message.content, str) and message.has_image:
            yield "images", "an image"


def _needs_of_options(options: ChatOptions) -> Iterator[tuple[Capability, str]]:
    if options.get("tools"):
        yield "tools", "tools"
    if (options.get("response_format") or {}).get("type") == "json_schema":
        yield "json_schema", "response_format json_schema"
    if (options.get("response_format") or {}).get("type") == "json_object":
        yield "json_object", "response_format json_object"
    if "reasoning_effort" in options:
        yield "reasoning", "reasoning_effort"
    if "seed" in options:
        yield "seed", "seed"
    if "stop" in options:
        yield "stop", "stop"
