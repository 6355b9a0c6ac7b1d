"""Mutants that AUTH must kill."""

from __future__ import annotations

import os
from typing import Any, ClassVar

from provider_sdk import OpenAIDialect, ProviderError
from provider_sdk.openai import ServiceError

from provider_conformance.zoo._mutants import mutant
from provider_conformance.zoo.reference import Mutable


@mutant("PC-AUTH-001", "building without a credential: to raise ProviderAuthError")
class BuildsWithoutCredential(Mutable):
    """Accepts a missing credential and sends a dummy."""

    def __init__(self, *, api_key: str | None = None, **config: Any) -> None:
        super().__init__(api_key=api_key or "dummy", **config)


@mutant("PC-AUTH-002", "the credential in the request: the one given")
class PrefersEnvironment(Mutable):
    """Lets a key from elsewhere win over the argument where the service accepts both."""

    def __init__(self, **config: Any) -> None:
        super().__init__(**config)
        self._headers["authorization"] = f"Bearer {os.environ.get('OTHER', 'sk-of-someone-else')}"


class _AuthIsRequestError(OpenAIDialect):
    def make_error(self, status: int | None, found: ServiceError) -> ProviderError:
        return super().make_error(400 if status == 401 else status, ServiceError(found.message))


@mutant("PC-AUTH-003", "a rejected call: to raise ProviderAuthError")
class AuthIsRequestError(Mutable):
    """Reports a rejected credential as a rejected request."""

    dialect: ClassVar[Any] = _AuthIsRequestError()


class _PermissionIsAuth(OpenAIDialect):
    def make_error(self, status: int | None, found: ServiceError) -> ProviderError:
        return super().make_error(401 if status == 403 else status, found)


@mutant("PC-AUTH-004", "a call that is not permitted: to raise ProviderPermissionError")
class PermissionIsAuth(Mutable):
    """Does not tell a lacking permission from a bad credential."""

    dialect: ClassVar[Any] = _PermissionIsAuth()
