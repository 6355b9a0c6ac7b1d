"""A provider for a service that is played here, without a network."""

# --8<-- [start:compatible]
from provider_sdk import OpenAICompatibleProvider


class AcmeProvider(OpenAICompatibleProvider):
    name = "acme"
    base_url = "https://api.acme.example/v1"
    base_url_env = "ACME_BASE_URL"
    api_key_env = ("ACME_API_KEY", "ACME_TOKEN")
    credential_hint = (
        "Make a key at https://acme.example/keys and set ACME_API_KEY to it."
    )
    default_model = "acme-large"
    capabilities = frozenset(
        {"streaming", "system", "tools", "model_listing", "stop"}
    )
    # --8<-- [end:compatible]


import asyncio
import json
import warnings
from collections.abc import Mapping
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
from provider_sdk import (
    ChatCall,
    Credential,
    HttpRequest,
    OpenAIDialect,
    ProviderAuthError,
    ProviderError,
    ProviderModelNotFoundError,
    ProviderWarning,
)


# --8<-- [start:find_credential]
class WithFile(AcmeProvider):
    """Looks for the key in a file too, after the argument and the variables."""

    key_file = Path("~/.config/acme/key")

    def find_credential(self, api_key: str | None) -> Credential | None:
        if found := super().find_credential(api_key):
            return found
        try:
            key = self.key_file.expanduser().read_text(encoding="utf-8").strip()
        except OSError:
            return None
        return Credential(key, f"the file {self.key_file}") if key else None
        # --8<-- [end:find_credential]


# --8<-- [start:check_health]
class WithHealth(AcmeProvider):
    """Acme lists its models for everybody, so the list proves no key."""

    async def check_health(self) -> None:
        await self.fetch(HttpRequest("GET", "/account"), max_retries=0)
        # --8<-- [end:check_health]


# --8<-- [start:request_headers]
class WithTeam(AcmeProvider):
    """Sends the team that pays with every request."""

    def __init__(
        self, *, team: str = "", api_key: str | None = None, **config: Any
    ) -> None:
        self._team = (
            team  # before `super().__init__`, which asks for the headers
        )
        super().__init__(api_key=api_key, **config)

    def request_headers(self) -> Mapping[str, str]:
        return {"acme-team": self._team} if self._team else {}
        # --8<-- [end:request_headers]


# --8<-- [start:forbidden_sampling]
class WithThinkers(AcmeProvider):
    """Its models that think reject a temperature."""

    def forbidden_sampling(self, model: str) -> frozenset[str]:
        return frozenset({"temperature"}) if "think" in model else frozenset()
        # --8<-- [end:forbidden_sampling]


# --8<-- [start:relax]
class AcmeDialect(OpenAIDialect):
    """Newer models call the limit `max_completion_tokens`."""

    def chat_request(self, call: ChatCall) -> HttpRequest:
        options = call.options.copy()
        if "new_limit" in call.learned and "max_tokens" in options:
            limit = {"max_completion_tokens": options.pop("max_tokens")}
            options["extra_body"] = {
                **limit,
                **(options.get("extra_body") or {}),
            }
        return super().chat_request(replace(call, options=options))

    def relax(self, call: ChatCall, error: ProviderError) -> ChatCall | None:
        if (
            "max_completion_tokens" in error.message
            and "new_limit" not in call.learned
        ):
            return replace(call, learned={**call.learned, "new_limit": True})
        return super().relax(call, error)


class WithNewModels(AcmeProvider):
    dialect = AcmeDialect()
    # --8<-- [end:relax]


# --8<-- [start:explain]
class WithSuggestions(AcmeProvider):
    """Names a model that exists, if the one that was asked for does not."""

    async def explain(self, error: ProviderError) -> ProviderError:
        if isinstance(error, ProviderModelNotFoundError) and error.model:
            known = [model.id for model in await self.fetch_models()]
            if near := get_close_matches(error.model, known, 1):
                error.hint = f"Did you mean {near[0]}?"
        return error
        # --8<-- [end:explain]


def acme(request: httpx.Request) -> httpx.Response:
    """Answer as Acme's service does."""
    if request.url.path == "/v1/account":
        return httpx.Response(
            403, json={"error": {"message": "The account is closed"}}
        )
    if request.url.path == "/v1/models":
        return httpx.Response(
            200, json={"data": [{"id": "acme-large"}, {"id": "acme-think"}]}
        )
    body = json.loads(request.content)
    if body["model"] not in ("acme-large", "acme-think"):
        return httpx.Response(
            404, json={"error": {"message": f"There is no {body['model']}"}}
        )
    if "max_tokens" in body:
        said = "Unsupported: max_tokens. Use max_completion_tokens instead."
        return httpx.Response(400, json={"error": {"message": said}})
    limit, team = (
        body.get("max_completion_tokens"),
        request.headers.get("acme-team"),
    )
    said = f"limit {limit}, team {team}"
    choice = {"message": {"content": said}, "finish_reason": "stop"}
    return httpx.Response(200, json={"choices": [choice]})


# --8<-- [start:missing]
def without_key() -> None:
    try:
        AcmeProvider()
    except ProviderAuthError as error:
        print(error)
        # --8<-- [end:missing]


# --8<-- [start:use]
async def use(client: httpx.AsyncClient) -> None:
    given: dict[str, Any] = {"api_key": "acme-key", "http_client": client}
    messages = [{"role": "user", "content": "Hi"}]

    print(await WithTeam(team="blue", **given).complete("Hi"))
    print(await WithNewModels(**given).complete("Hi", max_tokens=50))

    provider = WithHealth(**given)
    print(await provider.health_check(), provider.health_error)

    try:
        await WithSuggestions(**given).complete("Hi", "acme-larg")
    except ProviderModelNotFoundError as error:
        print(error)

    thinker = WithThinkers(**given)
    with warnings.catch_warnings(action="ignore", category=ProviderWarning):
        answer = await thinker.chat(messages, "acme-think", temperature=0.5)
    print(*answer.warnings)
    # --8<-- [end:use]


def check_the_file(folder: Path) -> None:
    """Raise if the key is not found in the file."""
    WithFile.key_file = folder / "key"
    WithFile.key_file.write_text("acme-key")
    credential = WithFile().api_credential
    assert credential is not None
    assert credential.source == f"the file {folder / 'key'}"


async def main() -> None:
    without_key()
    async with httpx.AsyncClient(transport=httpx.MockTransport(acme)) as client:
        await use(client)
    with TemporaryDirectory() as folder:
        check_the_file(Path(folder))


if __name__ == "__main__":
    asyncio.run(main())
