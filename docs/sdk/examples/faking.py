"""Testing an application with a provider that answers from a script."""

# --8<-- [start:application]
from provider_sdk import BaseProvider, Message, ProviderRateLimitError


async def title_of(provider: BaseProvider, text: str) -> str:
    """Return a title for a text; its first words if the service is busy."""
    messages = [Message("system", "Write a title."), Message("user", text)]
    try:
        response = await provider.chat(messages, temperature=0)
    except ProviderRateLimitError:
        return " ".join(text.split()[:3])
    return response.text.strip()
    # --8<-- [end:application]


# --8<-- [start:tests]
import asyncio

from provider_sdk.testing import FakeProvider


def test_the_title_is_the_answer() -> None:
    fake = FakeProvider(" Blue skies \n")

    assert (
        asyncio.run(title_of(fake, "Air scatters blue light most."))
        == "Blue skies"
    )
    assert fake.calls[0].messages[-1].text == "Air scatters blue light most."
    assert fake.calls[0].options == {"temperature": 0}


def test_a_busy_service_does_not_matter() -> None:
    fake = FakeProvider(ProviderRateLimitError("slow down"))

    assert (
        asyncio.run(title_of(fake, "Air scatters blue light most."))
        == "Air scatters blue"
    )
    # --8<-- [end:tests]


# --8<-- [start:replies]
from provider_sdk import ChatResponse, ProviderOverloadedError, ToolCall

call = ToolCall.parse("call_1", "weather", '{"city": "Bergen"}')
fake = FakeProvider(
    "a whole answer, in one chunk of a stream",
    ["an answer ", "in three ", "chunks"],
    ["a stream that breaks ", ProviderOverloadedError("too busy")],
    ProviderRateLimitError("raised by the call", retry_after=3),
    ChatResponse(tool_calls=[call], finish_reason="tool_calls"),
)
# --8<-- [end:replies]


if __name__ == "__main__":
    test_the_title_is_the_answer()
    test_a_busy_service_does_not_matter()
