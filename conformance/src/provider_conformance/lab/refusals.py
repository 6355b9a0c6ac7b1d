"""The other side of a capability: a call that needs it, from a provider that does not have it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from provider_sdk import BaseProvider, Capability, UnsupportedCapabilityError

from provider_conformance.lab import payload
from provider_conformance.lab._failed import NotTestable
from provider_conformance.lab._lab import Body, Lab

PIXEL = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYGBgAAAABQABh6FO"
    "1AAAAABJRU5ErkJggg=="
)
"""The smallest image there is, as a ``data:`` URL."""

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


def refuses(capability: Capability) -> Body:
    """Return the body that proves a refusal: the right error, and no request."""
    if capability == "usage_in_stream":
        return _asks_for_no_usage

    async def body(lab: Lab) -> None:
        if capability not in _CALLS:
            raise NotTestable(f"no call of the contract needs {capability}")
        provider = lab.provider()
        await lab.positive(provider)
        before = len(lab.service.exchanges)
        await lab.raises(
            UnsupportedCapabilityError,
            _CALLS[capability](lab, provider),
            f"a call that needs {capability}, which the provider does not declare",
        )
        lab.equal("requests sent by the refused call", 0, len(lab.service.exchanges) - before)

    return body


async def _asks_for_no_usage(lab: Lab) -> None:
    # No call asks for usage by itself: what a provider without it does not do is wish for it.
    await lab.positive(lab.provider(), stream=True)
    if lab.wire.traits.usage_flag is not None:
        wish = lab.last_chat().wants_usage
        lab.equal("the wish for usage of a provider that does not declare it", False, wish)


def _with(**options: Any) -> Callable[[Lab, BaseProvider], Awaitable[object]]:
    return lambda lab, provider: lab.chat(provider, **options)


def _image(lab: Lab, provider: BaseProvider) -> Awaitable[object]:
    part = {"type": "image_url", "image_url": {"url": PIXEL}}
    content = [{"type": "text", "text": lab.text()}, part]
    return lab.chat(provider, [{"role": "user", "content": content}])


def _system(lab: Lab, provider: BaseProvider) -> Awaitable[object]:
    return lab.chat(provider, [{"role": "system", "content": lab.text()}, *lab.user()])


def _parallel(lab: Lab, provider: BaseProvider) -> Awaitable[object]:
    calls = [
        {"id": id, "type": "function", "function": {"name": "look", "arguments": "{}"}}
        for id in ("a", "b")
    ]
    answers = [{"role": "tool", "tool_call_id": id, "content": lab.text()} for id in ("a", "b")]
    turn = {"role": "assistant", "content": "", "tool_calls": calls}
    return lab.chat(provider, [*lab.user(), turn, *answers])


_CALLS: dict[Capability, Callable[[Lab, BaseProvider], Awaitable[object]]] = {
    "streaming": lambda lab, provider: lab.open_stream(provider),
    "system": _system,
    "tools": _with(tools=[payload.tool("look")]),
    "parallel_tools": _parallel,
    "images": _image,
    "json_schema": _with(response_format=SCHEMA),
    "json_object": _with(response_format={"type": "json_object"}),
    "reasoning": _with(reasoning_effort="high"),
    "seed": _with(seed=7),
    "stop": _with(stop=["x"]),
    "model_listing": lambda lab, provider: provider.list_models(),
}
