"""This project: the same provider, over the HTTP library of the extra ``fast``."""

from __future__ import annotations

from benchmarks.contenders import provider_sdk_client


class Client(provider_sdk_client.Client):
    """Calls ``chat`` over aiohttp."""

    transport = "aiohttp"
