"""The calls that every provider has."""

# --8<-- [start:chat]
import asyncio
import json

from provider_huggingface import HfProvider
from provider_sdk import (
    BaseProvider,
    ChatResponse,
    Message,
    UnsupportedCapabilityError,
    Usage,
)
from provider_sdk.testing import FakeProvider, Reply


async def talk(provider: BaseProvider) -> None:
    messages = [Message("user", "Why is the sky blue?")]
    response = await provider.chat(messages, temperature=0.2, max_tokens=300)
    print(response.text)
    usage = response.usage
    print(response.finish_reason, usage.total_tokens if usage else None)

    messages += [response.message, Message("user", "And at sunset?")]
    response = await provider.chat(messages)
    print(response.text)
    # --8<-- [end:chat]


# --8<-- [start:complete]
async def ask(provider: BaseProvider) -> None:
    text = await provider.complete("Name a colour.", stop=["\n"])
    print(text)
    # --8<-- [end:complete]


# --8<-- [start:json]
async def extract(provider: BaseProvider) -> None:
    properties = {"name": {"type": "string"}, "hex": {"type": "string"}}
    schema = {
        "type": "object",
        "properties": properties,
        "required": ["name", "hex"],
    }
    wanted = {
        "type": "json_schema",
        "json_schema": {"name": "colour", "schema": schema},
    }
    text = await provider.complete(
        "What colour is the sky?", response_format=wanted
    )
    print(json.loads(text)["hex"])
    # --8<-- [end:json]


# --8<-- [start:refused]
class PlainProvider(FakeProvider):
    capabilities = frozenset({"system"})


async def misuse(provider: BaseProvider) -> None:
    try:
        await provider.complete("Name a colour.", temprature=0.2)
    except TypeError as error:
        print(error)
    try:
        await PlainProvider("Blue.").complete("Name a colour.", seed=7)
    except UnsupportedCapabilityError as error:
        print(error)
    # --8<-- [end:refused]


# --8<-- [start:look]
async def look(provider: BaseProvider) -> None:
    print(await provider.health_check())
    print(await provider.list_models())
    for model in await provider.describe_models():
        print(model.id, model.context_window)
    # --8<-- [end:look]


# --8<-- [start:probe]
async def probe(kind: type[BaseProvider]) -> None:
    health = await kind.probe()
    print(health.ok, health.reason)
    # --8<-- [end:probe]


async def main() -> None:
    replies: list[Reply] = [
        ChatResponse(text="Air scatters blue light most.", usage=Usage(14, 6)),
        "Then its way through the air is longer.",
        "Blue",
        '{"name": "sky blue", "hex": "#87ceeb"}',
    ]
    async with FakeProvider(*replies) as provider:
        await talk(provider)
        await ask(provider)
        await extract(provider)
        await misuse(provider)
        await look(provider)
    await probe(HfProvider)


if __name__ == "__main__":
    asyncio.run(main())
