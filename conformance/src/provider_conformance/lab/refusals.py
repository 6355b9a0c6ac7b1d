"""The check body for an undeclared capability: the call must be refused and nothing sent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from provider_sdk import BaseProvider, Capability, UnsupportedCapabilityError

from provider_conformance.lab import payload
from provider_conformance.lab._failed import NotTestable
from provider_conformance.lab._lab import Body, Lab
from provider_conformance.lab._subjects import speaking_of, undeclared

PIXEL = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYGBgAAAABQABh6FO"
    "1AAAAABJRU5ErkJggg=="
)
"""An image of one pixel, as a ``data:`` URL."""

SCHEMA: dict[str, Any] = {
    "type": "json_schema",
    "json_schema": {
        "name": "point",
        "schema": {
            "type": "object",
            "properties": {"x": {"type": "integer"}},
            "required": ["x"],
            "additionalProperties": False,
        },
    },
}


def must_refuse(capability: Capability) -> Body:
    """Return a check body: a call that needs the capability must be refused and nothing sent."""
    if capability == "usage_in_stream":
        return _requests_no_usage

    async def body(lab: Lab) -> None:
        if capability not in _CALL_THAT_NEEDS:
            raise NotTestable(f"no call of the contract needs {capability}")
        provider = lab.provider()
        await lab.must_succeed(provider)
        before = len(lab.service.exchanges)
        with speaking_of(undeclared(capability)):
            await lab.raises(
                UnsupportedCapabilityError,
                _CALL_THAT_NEEDS[capability](lab, provider),
                f"a call that needs {capability}, which the provider does not declare",
            )
            lab.equal("requests sent by the refused call", 0, len(lab.service.exchanges) - before)

    return body


async def _requests_no_usage(lab: Lab) -> None:
    # There is no option for usage, so no call can be refused: the provider must not request it.
    await lab.must_succeed(lab.provider(), stream=True)
    if lab.wire.traits.usage_flag is not None:
        requested = lab.last_chat().wants_usage
        what = "whether a provider that does not declare usage requests it"
        with speaking_of(undeclared("usage_in_stream")):
            lab.equal(what, False, requested)


def _chat_with(**options: Any) -> Callable[[Lab, BaseProvider], Awaitable[object]]:
    return lambda lab, provider: lab.chat(provider, **options)


def _chat_with_image(lab: Lab, provider: BaseProvider) -> Awaitable[object]:
    part = {"type": "image_url", "image_url": {"url": PIXEL}}
    content = [{"type": "text", "text": lab.text()}, part]
    return lab.chat(provider, [{"role": "user", "content": content}])


def _chat_with_system_message(lab: Lab, provider: BaseProvider) -> Awaitable[object]:
    return lab.chat(provider, [{"role": "system", "content": lab.text()}, *lab.user_message()])


def _chat_after_parallel_calls(lab: Lab, provider: BaseProvider) -> Awaitable[object]:
    calls = [
        {"id": id, "type": "function", "function": {"name": "look", "arguments": "{}"}}
        for id in ("a", "b")
    ]
    answers = [{"role": "tool", "tool_call_id": id, "content": lab.text()} for id in ("a", "b")]
    turn = {"role": "assistant", "content": "", "tool_calls": calls}
    return lab.chat(provider, [*lab.user_message(), turn, *answers])


_CALL_THAT_NEEDS: dict[Capability, Callable[[Lab, BaseProvider], Awaitable[object]]] = {
    "streaming": lambda lab, provider: lab.open_stream(provider),
    "system": _chat_with_system_message,
    "tools": _chat_with(tools=[payload.tool("look")]),
    "parallel_tools": _chat_after_parallel_calls,
    "images": _chat_with_image,
    "json_schema": _chat_with(response_format=SCHEMA),
    "json_object": _chat_with(response_format={"type": "json_object"}),
    "reasoning": _chat_with(reasoning_effort="high"),
    "seed": _chat_with(seed=7),
    "stop": _chat_with(stop=["x"]),
    "model_listing": lambda lab, provider: provider.list_models(),
}
