"""This project: the provider itself, whose usage is counted."""

from __future__ import annotations

from provider_sdk import UsageCounter

from benchmarks.contenders import provider_sdk_client
from benchmarks.wires import Wire


class Client(provider_sdk_client.Client):
    """Calls ``chat``, and a counter of usage is told."""

    def __init__(self, wire: Wire, base_url: str) -> None:
        super().__init__(wire, base_url)
        self.provider.observer = UsageCounter()
