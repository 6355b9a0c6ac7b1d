"""The contract without asyncio, with a provider that answers from a script."""

from provider_sdk import Message, sync
from provider_sdk.testing import FakeProvider

fake = FakeProvider(
    "Air scatters blue light most.", ["Air ", "scatters ", "it."]
)

# --8<-- [start:all]
with sync.SyncProvider(fake) as provider:
    print(provider.complete("Why is the sky blue?"))

    with provider.chat(
        [Message("user", "Shorter, please.")], stream=True
    ) as stream:
        for chunk in stream:
            print(chunk.text, end="")
    print()
    print(stream.response.finish_reason)
# --8<-- [end:all]
