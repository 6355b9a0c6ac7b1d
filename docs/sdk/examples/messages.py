"""Conversations with images, tools and state."""

# --8<-- [start:shapes]
import asyncio
import json
from base64 import b64encode
from collections.abc import Callable

from provider_sdk import (
    BaseProvider,
    ChatResponse,
    Message,
    Messages,
    Part,
    ToolCall,
)
from provider_sdk.testing import FakeProvider, Reply


async def both_shapes(provider: BaseProvider) -> None:
    messages: Messages = [
        Message("system", "Answer in one word."),
        {"role": "user", "content": "What colour is the sky?"},
    ]
    response = await provider.chat(messages)
    print(response.text)
    # --8<-- [end:shapes]


# --8<-- [start:image]
async def describe(provider: BaseProvider, png: bytes) -> None:
    url = "data:image/png;base64," + b64encode(png).decode()
    parts: list[Part] = [
        {"type": "text", "text": "What is on this picture?"},
        {"type": "image_url", "image_url": {"url": url}},
    ]
    response = await provider.chat([Message("user", parts)])
    print(response.text)
    # --8<-- [end:image]


# --8<-- [start:tools]
WEATHER = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "Return the weather in a city.",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}},
            "required": ["city"],
        },
    },
}


def weather(city: str) -> str:
    return f"{city}: 12 degrees, rain"


FUNCTIONS: dict[str, Callable[..., str]] = {"weather": weather}


async def with_tools(provider: BaseProvider, prompt: str) -> None:
    messages = [Message("user", prompt)]
    while True:
        response = await provider.chat(messages, tools=[WEATHER])
        messages.append(response.message)
        if not response.tool_calls:
            break
        messages += [
            Message("tool", result_of(call), tool_call_id=call.id)
            for call in response.tool_calls
        ]
    print(response.text)
    print([message.role for message in messages])


def result_of(call: ToolCall) -> str:
    if call.name not in FUNCTIONS or call.arguments is None:
        return "There is no such function, or its arguments are not JSON."
    return FUNCTIONS[call.name](**call.arguments)
    # --8<-- [end:tools]


# --8<-- [start:state]
async def keep_state(provider: BaseProvider) -> None:
    messages = [Message("user", "Think, then name a colour.")]
    response = await provider.chat(messages)
    print(response.message.provider_data)

    stored = json.dumps(response.message.to_dict())
    messages += [
        Message.from_dict(json.loads(stored)),
        Message("user", "And another."),
    ]
    response = await provider.chat(messages)
    print(response.text)
    # --8<-- [end:state]


PNG = b"\x89PNG"


async def main() -> None:
    call = ToolCall.parse("call_1", "weather", '{"city": "Bergen"}')
    thought = {"model": "fake-model", "signature": "EqQBCgIYAhIM"}
    replies: list[Reply] = [
        "Blue",
        "A red square.",
        ChatResponse(tool_calls=[call], finish_reason="tool_calls"),
        "Take an umbrella.",
        ChatResponse(text="Green.", provider_data={"fake": [thought]}),
        "Yellow.",
    ]
    async with FakeProvider(*replies) as provider:
        await both_shapes(provider)
        await describe(provider, PNG)
        await with_tools(provider, "Do I need an umbrella in Bergen?")
        await keep_state(provider)
        assert provider.calls[-1].messages[1].provider_data == {
            "fake": [thought]
        }


if __name__ == "__main__":
    asyncio.run(main())
