"""This project: a router with an observer of its own, beside the counter of usage."""

from __future__ import annotations

from provider_sdk import Observer

from benchmarks.contenders import routed_client


class Client(routed_client.Client):
    """Calls ``route``, and an observer is told."""

    observer = Observer()
