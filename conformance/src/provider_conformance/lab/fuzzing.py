"""One stream, cut into writes in many ways: the provider must read the same of each."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from provider_sdk import BaseProvider

from provider_conformance.lab._lab import Lab, usage_dict
from provider_conformance.lab.reading import read_stream
from provider_conformance.wires._answer import Answer
from provider_conformance.wires._script import Pause, Step

_SOCKET_CUTS = 25
"""How many single cuts are tried on a socket, where each takes real time."""

_PAUSE_S = 0.001
_RANDOM_CUTS = 60
_MOST_CUTS = 12


class Fuzz:
    """A provider, the events of one stream, and what the provider reads of them uncut.

    Attributes:
        events: the bytes of each event.
        expected: a summary of what the provider reads when each event is one write.
    """

    def __init__(self, lab: Lab, provider: BaseProvider, answer: Answer) -> None:
        self.lab = lab
        self.provider = provider
        self.answer = answer
        self.events: Sequence[bytes] = ()
        self.expected = ""

    @classmethod
    async def of(cls, lab: Lab, answer: Answer) -> Fuzz:
        """Return a ``Fuzz`` of this answer's stream; fail if its text is not read even uncut."""
        fuzz = cls(lab, lab.provider(), answer)
        lab.service.reply_next(answer)
        texts, _ = await lab.stream(fuzz.provider)
        lab.equal("the text of the uncut stream", answer.text, "".join(texts))
        steps = lab.service.exchanges[-1].reply.steps
        fuzz.events = [step for step in steps if isinstance(step, bytes)]
        fuzz.expected = await fuzz.read_summary(fuzz.events)
        return fuzz

    @property
    def body(self) -> bytes:
        """All bytes of the stream."""
        return b"".join(self.events)

    async def read_summary(self, writes: Iterable[bytes]) -> str:
        """Serve these writes as a stream; return a summary of everything that is read."""
        stream = self.lab.wire.stream(())
        self.lab.service.reply_next(replace(stream, steps=tuple(self._with_pauses(writes))))
        reading = await read_stream(self.lab, self.provider)
        response = reading.response
        if response is None:
            return reading.outcome
        calls = [(call.id, call.name, call.arguments_text) for call in response.tool_calls]
        return (
            f"text {reading.text!r}, response.text {response.text!r}, "
            f"reasoning {response.reasoning!r}, tool_calls {calls!r}, "
            f"finish_reason {response.finish_reason!r}, usage {usage_dict(response)!r}, "
            f"model {response.model!r}"
        )

    async def require_same(self, what: str, writes: Iterable[bytes]) -> None:
        """Fail unless these writes are read like the uncut events."""
        self.lab.equal(f"what is read of {what}", self.expected, await self.read_summary(writes))

    async def drop_redundant_events(self) -> None:
        """Drop events at both ends that change nothing, so that losing any event shows."""
        for rest in (slice(1, None), slice(None, -1)):
            while (
                len(self.events) > 1 and await self.read_summary(self.events[rest]) == self.expected
            ):
                self.events = self.events[rest]

    def cuts(self) -> Sequence[int]:
        """Return every place at which the body can be cut; on a socket a random sample."""
        places = range(1, len(self.body))
        if self.lab.driver.name == "respx":
            return places
        return sorted(self.lab.rng.sample(places, min(_SOCKET_CUTS, len(places))))

    def small_writes(self, body: bytes) -> list[bytes]:
        """Return the body as single bytes; on a socket, where writes take time, as small pieces."""
        if self.lab.driver.name == "respx":
            return [bytes([byte]) for byte in body]
        return split_at(body, sorted(self.lab.rng.sample(range(1, len(body)), len(body) // 12)))

    def _with_pauses(self, writes: Iterable[bytes]) -> Iterator[Step]:
        for data in writes:
            # Without a pause, a socket would deliver several writes as one.
            if self.lab.driver.name == "socket":
                yield Pause(_PAUSE_S)
            yield data


def split_at(body: bytes, cuts: Sequence[int]) -> list[bytes]:
    """Return the body cut at these places; a repeated place gives an empty piece."""
    places = [0, *cuts, len(body)]
    return [body[start:end] for start, end in pairwise(places)]


def random_cuts(rng: random.Random, size: int, count: int = _RANDOM_CUTS) -> list[list[int]]:
    """Return ``count`` lists of places at which to cut a body of so many bytes.

    Each list is sorted. A place may be repeated, and be at either end, for an empty piece.
    """
    return [_places(rng, size) for _ in range(count)]


def _places(rng: random.Random, size: int) -> list[int]:
    places = [rng.randint(0, size) for _ in range(rng.randint(1, _MOST_CUTS))]
    repeated = rng.choices(places, k=rng.randint(0, 2))
    return sorted([*places, *repeated])


async def fewest_cuts(fuzz: Fuzz, cuts: list[int]) -> list[int]:
    """Return a smaller list of cuts that still changes what is read."""
    for cut in list(cuts):
        fewer = list(cuts)
        fewer.remove(cut)
        if fewer and await fuzz.read_summary(split_at(fuzz.body, fewer)) != fuzz.expected:
            cuts = fewer
    return cuts
