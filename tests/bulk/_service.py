"""The counting service that a command under test asks."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import ExitStack
from types import TracebackType
from typing import Self

from provider_conformance import find_harness
from provider_conformance.commands.serve import echo
from provider_conformance.drivers import SocketDriver
from provider_conformance.traffic import Counts, Traffic, TrafficService

PROVIDER = "hf"
TOKEN = "hf_canary9Lw3xB1secret"

_SETTLES_WITHIN_S = 30.0


class CountingService:
    """The scripted service of one provider under some traffic, on loopback, in a thread.

    Args:
        traffic: what it does to its clients; by default it answers at once.
        credential: the credential that it accepts.
    """

    def __init__(self, traffic: Traffic | None = None, credential: str = TOKEN) -> None:
        harness, _ = find_harness(PROVIDER)
        self._harness = harness
        self._credential = credential
        self.traffic = traffic or Traffic()
        rng = random.Random(1)
        self.service = TrafficService(harness.wire, credential, rng, echo, self.traffic)
        self._driver = SocketDriver(self.service)
        self._open = ExitStack()

    def __enter__(self) -> Self:
        self._open.enter_context(self._driver)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._open.close()

    @property
    def counts(self) -> Counts:
        """What came and was answered so far."""
        return self.traffic.counts

    @property
    def environment(self) -> Mapping[str, str]:
        """The variables that lead a command to the service."""
        return self._harness.variables(self._driver.address, TOKEN)

    def settled(self) -> Counter[str]:
        """Return how often each row came, as soon as no request is being answered any more.

        Raises:
            TimeoutError: that takes too long.
        """
        deadline = time.monotonic() + _SETTLES_WITHIN_S
        while time.monotonic() < deadline:
            before = self.counts.requests
            time.sleep(0.05)  # what a killed client wrote last may still be in the kernel
            if self.counts.at_once == 0 and self.counts.requests == before:
                return Counter(self.counts.received)
        raise TimeoutError("requests are still being answered")
