"""An adapter over a client that is played here, without a network."""

import asyncio
from types import SimpleNamespace

# --8<-- [start:adapter]
from provider_sdk import (
    ChatCall,
    ChatResponse,
    ModelInfo,
    PreparedProvider,
    ProviderError,
    ProviderResponseError,
    ProviderUnavailableError,
)
from provider_sdk.adapting import call_client


def translated(error: Exception) -> ProviderError:
    kind = (
        ProviderUnavailableError
        if isinstance(error, OSError)
        else ProviderResponseError
    )
    return kind(f"{type(error).__name__}: {error}")


class AcmeClientProvider(PreparedProvider):
    name = "acme-client"
    credential = "none"
    default_model = "acme-large"
    capabilities = frozenset({"system", "model_listing"})

    def __init__(self, client: "AcmeClient") -> None:
        super().__init__()
        self._client = client

    async def answer(self, call: ChatCall) -> ChatResponse:
        messages = [message.to_dict() for message in call.messages]
        answer = await call_client(
            lambda: self._client.ask(call.model, messages),
            seconds=call.deadline.left,
            translate=translated,
            max_retries=self.max_retries,
        )
        return ChatResponse(
            text=answer.text, model=call.model, warnings=call.notes
        )

    async def fetch_models(self) -> list[ModelInfo]:
        return [ModelInfo(name) for name in await self._client.model_names()]
        # --8<-- [end:adapter]


class AcmeClient:
    """Answers once."""

    def __init__(self) -> None:
        self._answers = iter(["Blue."])

    async def ask(
        self, model: str, messages: list[dict[str, object]]
    ) -> SimpleNamespace:
        """Return an answer, or raise as a client without connection does."""
        for answer in self._answers:
            return SimpleNamespace(text=answer)
        raise ConnectionError("nobody listens")

    async def model_names(self) -> list[str]:
        """Return the names of the models."""
        return ["acme-large"]


async def main() -> None:
    async with AcmeClientProvider(AcmeClient()) as provider:
        provider.max_retries = 0
        print(await provider.complete("What colour is the sky?"))
        try:
            await provider.complete("What colour is the sky?")
        except ProviderError as error:
            print(f"{type(error).__name__}: {error}")


if __name__ == "__main__":
    asyncio.run(main())
