"""HTTP clients that are given to a provider."""

from __future__ import annotations

import ssl

import httpx


def marked_client(mark: str) -> httpx.AsyncClient:
    """Return a client that adds the header ``x-mark``, by which its requests are known."""
    # Without certificates, whose loading takes longer than most checks: the service has none.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    return httpx.AsyncClient(headers={"x-mark": mark}, verify=context)
