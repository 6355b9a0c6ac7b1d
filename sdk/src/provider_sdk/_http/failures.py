"""What a failed exchange is called, whichever library it failed in."""

from __future__ import annotations

from provider_sdk._errors import (
    ProviderError,
    ProviderRequestError,
    ProviderResponseError,
    ProviderTimeoutError,
    ProviderUnavailableError,
)
from provider_sdk._http.environment import Proxy


def unsendable(text: str) -> ProviderRequestError:
    """Return the error for a request that cannot be expressed in HTTP."""
    return ProviderRequestError(f"the request cannot be sent: {text}")


def illegal_header() -> ProviderRequestError:
    """Return the error for a header that HTTP does not allow; it may hold a credential."""
    return unsendable("it has an illegal header")


def late(host: str, proxy: Proxy | None, text: str) -> ProviderTimeoutError:
    """Return the error for a connection that took too long."""
    through = f" through the proxy {proxy.shown}" if proxy else ""
    return ProviderTimeoutError(
        f"{host} did not answer in time{through} ({text})", hint="Check the network, or try again."
    )


def unreachable(host: str, proxy: Proxy | None, text: str) -> ProviderUnavailableError:
    """Return the error for a connection that could not be made."""
    if proxy is not None:
        return ProviderUnavailableError(
            f"{host} cannot be reached through the proxy {proxy.shown} ({text})",
            hint="Check the proxy, unset it, or list the host in NO_PROXY.",
        )
    return ProviderUnavailableError(
        f"{host} cannot be reached ({text})",
        hint="Check the address and that the service is running.",
    )


def not_http(host: str, text: str) -> ProviderUnavailableError:
    """Return the error for bytes that are not an answer in HTTP, or for none at all."""
    return ProviderUnavailableError(
        f"{host} gave no answer in HTTP ({text})",
        hint="Check the address: its scheme, its port, and that the service itself is behind it.",
    )


def broken(host: str, text: str) -> ProviderUnavailableError:
    """Return the error for a connection that broke before the answer began."""
    return ProviderUnavailableError(
        f"{host} broke the connection before it answered ({text})", hint="Try again."
    )


def cut(text: str, status: int | None = None) -> ProviderResponseError:
    """Return the error for a connection that broke after the answer began."""
    return ProviderResponseError(
        f"the connection broke while the answer was arriving ({text})", status=status
    )


def unusable_redirect() -> ProviderResponseError:
    """Return the error for a redirect whose target the library refuses to read."""
    return ProviderResponseError(
        "the service answers with a redirect to an address that is not valid",
        hint="Set the base URL to the address that it moved to.",
    )


def closed() -> ProviderError:
    """Return the error for a provider that was closed while a call waited for a connection."""
    return ProviderError("this provider is closed", hint="Build a new one.")
