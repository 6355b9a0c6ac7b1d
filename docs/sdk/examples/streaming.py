"""Streams, from a provider that answers from a script."""

# --8<-- [start:stream]
import asyncio

from provider_sdk import (
    BaseProvider,
    Message,
    ProviderOverloadedError,
    StreamInterruptedError,
)
from provider_sdk.testing import FakeProvider, Reply


async def show(provider: BaseProvider, messages: list[Message]) -> None:
    async with await provider.chat(messages, stream=True) as stream:
        async for chunk in stream:
            print(chunk.text, end="", flush=True)
    print()
    print(stream.response.finish_reason, stream.response.model)
    messages.append(stream.response.message)
    # --8<-- [end:stream]


# --8<-- [start:partial]
async def show_what_came(
    provider: BaseProvider, messages: list[Message]
) -> None:
    try:
        async with await provider.chat(messages, stream=True) as stream:
            async for chunk in stream:
                print(chunk.text, end="", flush=True)
    except (StreamInterruptedError, ProviderOverloadedError) as error:
        print()
        print(f"{type(error).__name__}: {error}")
        print(repr(error.partial.text if error.partial else ""))
    # --8<-- [end:partial]


# --8<-- [start:early]
async def first_words(
    provider: BaseProvider, messages: list[Message], length: int
) -> str:
    async with await provider.chat(messages, stream=True) as stream:
        async for _ in stream:
            if len(stream.partial.text) >= length:
                break
    return stream.partial.text
    # --8<-- [end:early]


# --8<-- [start:collect]
async def collected(provider: BaseProvider, messages: list[Message]) -> None:
    async with await provider.chat(messages, stream=True) as stream:
        response = await stream.collect()
    print(response.text)
    # --8<-- [end:collect]


async def main() -> None:
    messages = [Message("user", "Why is the sky blue?")]
    pieces = ["Air scatters ", "blue light ", "most."]
    busy = ProviderOverloadedError("too many requests are under way")
    broken: Reply = ["Air scatters ", busy]
    async with FakeProvider(pieces, pieces, broken, pieces) as provider:
        await show(provider, messages)
        await collected(provider, messages)
        await show_what_came(provider, messages)
        print(await first_words(provider, messages, 10))


if __name__ == "__main__":
    asyncio.run(main())
