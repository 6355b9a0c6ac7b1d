"""A service that shows its model list to anybody, and says at another address whose key it is."""

from provider_parley import ParleyProvider
from provider_parley._errors import checked
from provider_sdk import HttpRequest, ProviderResponseError


class AccountProvider(ParleyProvider):
    """Asks whose key it is before it calls the service healthy."""

    async def check_health(self) -> None:
        """Raise unless the service knows the key, and lists its models."""
        reply = await self.fetch(HttpRequest("GET", "/account"), max_retries=0)
        if "account" not in checked(reply):
            raise ProviderResponseError("the service does not say whose key it is")
        await super().check_health()
