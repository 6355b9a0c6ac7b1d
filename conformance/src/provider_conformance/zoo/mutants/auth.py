"""Mutants that AUTH must kill."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

from provider_sdk import (
    ChatCall,
    ChatResponse,
    ChatStream,
    Credential,
    HttpExchange,
    HttpRequest,
    OpenAIDialect,
    ProviderAuthError,
    ProviderError,
    ScriptedSource,
    StreamFailure,
)
from provider_sdk.chat_completions import ServiceError

from provider_conformance.zoo._mutants import mutant
from provider_conformance.zoo.reference import Call, Mutable


@mutant("PC-AUTH-001", "building without a credential: to raise ProviderAuthError")
class BuildsWithoutCredential(Mutable):
    """Accepts a missing credential and sends a dummy."""

    def __init__(self, *, api_key: str | None = None, **config: Any) -> None:
        super().__init__(api_key=api_key or "dummy", **config)


@mutant("PC-AUTH-001", "the exchange that must succeed")
class InsistsOnOptionalCredential(Mutable):
    """Answers nothing without a credential that it calls optional."""

    credential = "optional"

    def answered(self, response: ChatResponse) -> ChatResponse:
        """Change a whole answer."""
        return response if self.api_credential else ChatResponse(text="please sign in")


@mutant("PC-AUTH-002", "the credential in the request: the one given")
class SendsPartOfCredential(Mutable):
    """Cuts the credential at its first hyphen, as a parser of "type-value" would."""

    def __init__(self, *, api_key: str | None = None, **config: Any) -> None:
        super().__init__(api_key=api_key and api_key.partition("-")[2], **config)


@mutant("PC-AUTH-002", "the credential in the request: None")
class SendsDummyCredential(Mutable):
    """Sends a dummy to a service that takes none."""

    credential = "none"

    def request_headers(self) -> Mapping[str, str]:
        """Return headers to send with every request."""
        return {"authorization": "Bearer no-key-needed"}


class _AuthIsRequestError(OpenAIDialect):
    def make_error(self, status: int | None, found: ServiceError) -> ProviderError:
        return super().make_error(400 if status == 401 else status, ServiceError(found.message))


@mutant("PC-AUTH-003", "a call that fails with auth: to raise ProviderAuthError")
class AuthIsRequestError(Mutable):
    """Reports a rejected credential as a rejected request."""

    dialect: ClassVar[Any] = _AuthIsRequestError()


@mutant("PC-AUTH-003", "the text of the rejection: to hold")
class OwnWordsForRejection(Mutable):
    """Replaces the service's message by one of its own."""

    async def explain(self, error: ProviderError) -> ProviderError:
        """Return another error."""
        return ProviderAuthError("Invalid API key") if error.status == 401 else error


class _PermissionIsAuth(OpenAIDialect):
    def make_error(self, status: int | None, found: ServiceError) -> ProviderError:
        return super().make_error(401 if status == 403 else status, found)


@mutant("PC-AUTH-004", "a call that fails with permission: to raise ProviderPermissionError")
class PermissionIsAuth(Mutable):
    """Does not tell a lacking permission from a bad credential."""

    dialect: ClassVar[Any] = _PermissionIsAuth()


class _AnonymousStreams(OpenAIDialect):
    def chat_request(self, call: ChatCall) -> HttpRequest:
        request = super().chat_request(call)
        return replace(request, headers={"authorization": ""}) if call.stream else request


@mutant("PC-AUTH-005", "the credential in the request: the one given")
class AnonymousStreams(Mutable):
    """Forgets the credential when it streams."""

    dialect: ClassVar[Any] = _AnonymousStreams()


class _AnonymousList(OpenAIDialect):
    def models_request(self, cursor: str | None) -> HttpRequest:
        return replace(super().models_request(cursor), headers={"authorization": ""})


@mutant("PC-AUTH-006", "the credential in the request: the one given")
class AnonymousList(Mutable):
    """Asks for the model list without the credential."""

    dialect: ClassVar[Any] = _AnonymousList()


@mutant("PC-AUTH-007", "the credential in the request: the one given")
class AnonymousHealthCheck(Mutable):
    """Checks the health of the service, not of the credential."""

    dialect: ClassVar[Any] = _AnonymousList()


@mutant("PC-AUTH-008", "building with the credential '': to raise ProviderAuthError")
class AcceptsEmptyCredential(Mutable):
    """Takes an empty text for a credential."""

    def find_credential(self, api_key: str | None) -> Credential | None:
        """Return the credential to use."""
        return None if api_key is None else Credential(api_key, "the api_key argument")


@mutant("PC-AUTH-008", "building with the credential '   ': to raise ProviderAuthError")
class AcceptsBlankCredential(Mutable):
    """Takes blanks for a credential."""

    def find_credential(self, api_key: str | None) -> Credential | None:
        """Return the credential to use."""
        return Credential(api_key.strip(), "the api_key argument") if api_key else None


@mutant("PC-AUTH-009", "the credential in the request: the one given")
class PrefersEnvironment(Mutable):
    """Lets a credential from the environment win over the argument."""

    def __init__(self, *, api_key: str | None = None, **config: Any) -> None:
        super().__init__(api_key=os.environ.get("REFERENCE_API_KEY") or api_key, **config)


@mutant("PC-AUTH-010", "the host of the requests: the one given as base_url")
class PrefersAddressOfEnvironment(Mutable):
    """Lets an address from the environment win over the argument."""

    def __init__(self, *, base_url: str | None = None, **config: Any) -> None:
        super().__init__(base_url=os.environ.get("REFERENCE_BASE_URL") or base_url, **config)


@mutant("PC-AUTH-011", "requests of a call that fails with auth: 1")
class RetriesRejection(Mutable):
    """Tries a rejected credential once more."""

    async def around(self, call: Call) -> ChatResponse | ChatStream:
        """Call, or call again."""
        try:
            return await call()
        except ProviderAuthError:
            return await call()


@mutant("PC-AUTH-012", "a rejected stream: to raise ProviderAuthError")
class RejectsLate(Mutable):
    """Returns a stream first and finds out later."""

    async def chat(self, *args: Any, **kwargs: Any) -> Any:
        """Answer, or return a stream that will fail."""
        try:
            return await super().chat(*args, **kwargs)
        except ProviderAuthError as error:
            if not kwargs.get("stream"):
                raise
            failing = ScriptedSource([[StreamFailure(error)]])
            return ChatStream(failing, provider=self.name, model=self.default_model)


@mutant("PC-AUTH-013", "the answer to the call after a rejected one")
class RemembersRejection(Mutable):
    """Gives up for good after one rejection."""

    rejection: ProviderAuthError | None = None

    async def around(self, call: Call) -> ChatResponse | ChatStream:
        """Call, unless it was ever rejected."""
        if self.rejection is not None:
            raise self.rejection
        try:
            return await call()
        except ProviderAuthError as error:
            self.rejection = error
            raise


@mutant("PC-AUTH-014", "the credential in the request: that of the provider")
class SharesCredential(Mutable):
    """Keeps the credential in a place that all its objects share."""

    shared: ClassVar[dict[str, str]] = {}

    def __init__(self, **config: Any) -> None:
        super().__init__(**config)
        self.shared.update(self.dialect.auth_headers(self.api_key))

    async def open(self, request: HttpRequest) -> HttpExchange:
        """Send a request with the headers of whoever was built last."""
        return await super().open(replace(request, headers={**request.headers, **self.shared}))
