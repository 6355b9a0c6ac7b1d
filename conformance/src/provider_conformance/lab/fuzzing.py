"""One stream, cut and written in many ways."""

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
"""How many single cuts a socket tries: there each takes real time."""

_PAUSE_S = 0.001
_RANDOM_CUTS = 60
_MOST_CUTS = 12


class Fuzz:
    """A provider, the events of one stream, and what is read of them uncut.

    Attributes:
        events: the bytes of the events.
        oracle: what is read of them, in words.
    """

    def __init__(self, lab: Lab, provider: BaseProvider, answer: Answer) -> None:
        self.lab = lab
        self.provider = provider
        self.answer = answer
        self.events: Sequence[bytes] = ()
        self.expected = ""

    @classmethod
    async def of(cls, lab: Lab, answer: Answer) -> Fuzz:
        """Return the fuzz of an answer, whose uncut stream must give its text."""
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
        """Return what is read of these writes, in words."""
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
        """Fail unless the same is read of these writes."""
        self.lab.equal(f"what is read of {what}", self.expected, await self.read_summary(writes))

    async def drop_redundant_events(self) -> None:
        """Drop first and last events without which the same is read: losing one must show."""
        for rest in (slice(1, None), slice(None, -1)):
            while (
                len(self.events) > 1 and await self.read_summary(self.events[rest]) == self.expected
            ):
                self.events = self.events[rest]

    def cuts(self) -> Sequence[int]:
        """Return every place at which the body can be cut; a sample of them on a socket."""
        places = range(1, len(self.body))
        if self.lab.driver.name == "respx":
            return places
        return sorted(self.lab.rng.sample(places, min(_SOCKET_CUTS, len(places))))

    def small_writes(self, body: bytes) -> list[bytes]:
        """Return the body in its single bytes; on a socket in many small pieces."""
        if self.lab.driver.name == "respx":
            return [bytes([byte]) for byte in body]
        return split_at(body, sorted(self.lab.rng.sample(range(1, len(body)), len(body) // 12)))

    def _with_pauses(self, writes: Iterable[bytes]) -> Iterator[Step]:
        for data in writes:
            # On a socket what is written at once arrives at once.
            if self.lab.driver.name == "socket":
                yield Pause(_PAUSE_S)
            yield data


def split_at(body: bytes, cuts: Sequence[int]) -> list[bytes]:
    """Return the body cut at these places, of which equal ones give empty pieces."""
    places = [0, *cuts, len(body)]
    return [body[start:end] for start, end in pairwise(places)]


def random_cuts(rng: random.Random, size: int, count: int = _RANDOM_CUTS) -> list[list[int]]:
    """Return places to cut so many bytes at, sorted, with repetitions; Hypothesis chooses them."""
    from hypothesis import HealthCheck, Phase, given, seed, settings
    from hypothesis import strategies as st

    found: list[list[int]] = []
    # Made of bits, because integers would depend on whatever numbers Hypothesis finds in modules
    # that happen to be loaded, which it also caches in a folder of its own.
    place = st.tuples(*[st.booleans()] * size.bit_length()).map(
        lambda bits: _number_from_bits(bits, size)
    )

    @seed(rng.getrandbits(32))
    @settings(
        database=None,
        deadline=None,
        max_examples=count,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.lists(place, max_size=_MOST_CUTS))
    def collect(cuts: list[int]) -> None:
        found.append(sorted(cuts))

    collect()
    return found


def _number_from_bits(bits: Sequence[bool], most: int) -> int:
    return sum(bit << n for n, bit in enumerate(bits)) % (most + 1)


async def fewest_cuts(fuzz: Fuzz, cuts: list[int]) -> list[int]:
    """Return as few of these cuts as still change what is read."""
    for cut in list(cuts):
        fewer = list(cuts)
        fewer.remove(cut)
        if fewer and await fuzz.read_summary(split_at(fuzz.body, fewer)) != fuzz.expected:
            cuts = fewer
    return cuts
