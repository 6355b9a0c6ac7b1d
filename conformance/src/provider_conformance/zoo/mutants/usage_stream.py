"""Mutants that USAGE must kill: they read the reports of a stream wrongly."""

from __future__ import annotations

from dataclasses import replace

from provider_sdk import Delta, StreamEvent, Usage

from provider_conformance.zoo._mutants import mutant
from provider_conformance.zoo.mutants.stream import Filter
from provider_conformance.zoo.reference import Mutable


@mutant("PC-USAGE-002", "usage of the streamed answer")
class PassesOverLastEvent(Mutable):
    """Reads usage only if there is text or a finish reason beside it."""

    def delta(self, delta: Delta) -> Delta:
        """Change a delta."""
        beside = delta.text or delta.finish_reason
        return delta if beside else replace(delta, usage=None)


@mutant("PC-USAGE-004", "usage of the streamed answer: None")
class EndsStreamWithZeros(Mutable):
    """Reports zeros at the end of a stream without a report."""

    def delta(self, delta: Delta) -> Delta:
        """Change a delta."""
        ends = delta.finish_reason is not None
        return replace(delta, usage=delta.usage or Usage(0, 0, 0)) if ends else delta


class _Summed(Filter):
    total = 0

    def event(self, event: StreamEvent) -> list[StreamEvent]:
        if isinstance(event, Delta) and event.usage:
            self.total += event.usage.completion_tokens or 0
            return [replace(event, usage=replace(event.usage, completion_tokens=self.total))]
        return [event]


@mutant("PC-USAGE-009", "usage of the streamed answer")
class SumsReports(Mutable):
    """Adds up what a stream reports again and again."""

    source = _Summed


class _First(Filter):
    reported = False

    def event(self, event: StreamEvent) -> list[StreamEvent]:
        if isinstance(event, Delta) and event.usage:
            before, self.reported = self.reported, True
            return [replace(event, usage=None)] if before else [event]
        return [event]


@mutant("PC-USAGE-009", "usage of the streamed answer")
class KeepsFirstReport(Mutable):
    """Takes the first report of a stream for the last."""

    source = _First


class _UntilFinish(Filter):
    ended = False

    def event(self, event: StreamEvent) -> list[StreamEvent]:
        found = [] if self.ended and isinstance(event, Delta) else [event]
        ends = isinstance(event, Delta) and event.finish_reason and event.usage
        self.ended = self.ended or bool(ends)
        return found


@mutant("PC-USAGE-009", "usage of the streamed answer")
class StopsAtFirstReport(Mutable):
    """Stops reading at a finish reason with usage, although another report follows."""

    source = _UntilFinish


class _Largest(Filter):
    report = Usage(0, 0, 0)

    def event(self, event: StreamEvent) -> list[StreamEvent]:
        if isinstance(event, Delta) and event.usage:
            self.report = max(self.report, event.usage, key=lambda usage: usage.total_tokens or 0)
            return [replace(event, usage=self.report)]
        return [event]


@mutant("PC-USAGE-009", "usage of the streamed answer")
class KeepsLargestReport(Mutable):
    """Takes the largest report of a stream for the last."""

    source = _Largest
