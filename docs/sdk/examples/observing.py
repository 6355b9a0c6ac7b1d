"""An observer of a provider that answers from a script."""

import asyncio

# --8<-- [start:observer]
from provider_sdk import ChatResponse, ObservedAttempt, Observer


class Log(Observer):
    def attempt_started(self, attempt: ObservedAttempt) -> None:
        print(f"{attempt.provider} {attempt.model}: asked")

    def finished(
        self, attempt: ObservedAttempt, response: ChatResponse
    ) -> None:
        reason, retries = response.finish_reason, attempt.retries
        print(f"{attempt.provider}: {reason}, {retries} retries")

    def failed(
        self,
        attempt: ObservedAttempt,
        error: BaseException,
        partial: ChatResponse | None,
    ) -> None:
        print(f"{attempt.provider}: {type(error).__name__}")
        # --8<-- [end:observer]


from provider_sdk import ProviderError, ProviderRateLimitError
from provider_sdk.testing import FakeProvider


# --8<-- [start:provider]
async def watch(provider: FakeProvider) -> None:
    provider.observer = Log()
    print(await provider.complete("Why is the sky blue?"))
    try:
        await provider.complete("And at sunset?")
    except ProviderError as error:
        print(error)
    # --8<-- [end:provider]


async def main() -> None:
    await watch(
        FakeProvider("Scattering.", ProviderRateLimitError("slow down"))
    )


if __name__ == "__main__":
    asyncio.run(main())
