"""Mutants that USAGE must kill: they count wrongly."""

from __future__ import annotations

from dataclasses import asdict, replace

from provider_sdk import ChatResponse, Delta, Usage

from provider_conformance.wires import OpenAIWire
from provider_conformance.zoo._mutants import mutant
from provider_conformance.zoo.reference import Mutable


class _Counting(Mutable):
    """Counts in its own way, whole and streamed."""

    def counted(self, usage: Usage) -> Usage:
        """Change a report."""
        raise NotImplementedError

    def answered(self, response: ChatResponse) -> ChatResponse:
        """Change a whole answer."""
        return replace(response, usage=response.usage and self.counted(response.usage))

    def delta(self, delta: Delta) -> Delta:
        """Change a delta."""
        return replace(delta, usage=delta.usage and self.counted(delta.usage))


def _with_total(usage: Usage, total: int | None) -> Usage:
    # Usage sums by itself; a mutant need not.
    object.__setattr__(usage, "total_tokens", total)
    return usage


@mutant("PC-USAGE-001", "usage of the whole answer")
class SwapsCounts(_Counting):
    """Takes what was read for what was written."""

    def counted(self, usage: Usage) -> Usage:
        """Change a report."""
        read, written = usage.prompt_tokens, usage.completion_tokens
        return replace(usage, prompt_tokens=written, completion_tokens=read)


@mutant("PC-USAGE-001", "usage of the whole answer")
class CountsNothing(_Counting):
    """Reports zeros."""

    def counted(self, usage: Usage) -> Usage:
        """Change a report."""
        return Usage(0, 0, 0)


@mutant("PC-USAGE-004", "usage of the whole answer: None")
class UnsentIsZero(Mutable):
    """Reports zeros when nothing was reported."""

    def answered(self, response: ChatResponse) -> ChatResponse:
        """Change a whole answer."""
        return replace(response, usage=response.usage or Usage(0, 0, 0))


@mutant("PC-USAGE-004", "usage of the whole answer: None")
class EstimatesUsage(Mutable):
    """Guesses what was not reported, and does not say so."""

    def answered(self, response: ChatResponse) -> ChatResponse:
        """Change a whole answer."""
        return replace(response, usage=response.usage or Usage(1, len(response.text) // 4))


@mutant("PC-USAGE-005", "usage of the whole answer")
class MissingCountIsZero(_Counting):
    """Reports zero for a count that was not sent."""

    def counted(self, usage: Usage) -> Usage:
        """Change a report."""
        read, written = usage.prompt_tokens or 0, usage.completion_tokens or 0
        return replace(usage, prompt_tokens=read, completion_tokens=written, total_tokens=None)


@mutant("PC-USAGE-006", "usage of the whole answer")
class LeavesTotalOut(_Counting):
    """Has a total only if it is more than the sum."""

    def counted(self, usage: Usage) -> Usage:
        """Change a report."""
        total = (usage.prompt_tokens or 0) + (usage.completion_tokens or 0)
        return _with_total(usage, None if usage.total_tokens == total else usage.total_tokens)


@mutant("PC-USAGE-007", "usage of the whole answer")
class AlwaysSums(_Counting):
    """Sums both parts, whatever the service says."""

    def counted(self, usage: Usage) -> Usage:
        """Change a report."""
        return replace(usage, total_tokens=None)


@mutant("PC-USAGE-008", "usage of the whole answer")
class DropsDetails(_Counting):
    """Reads the three main counts."""

    def counted(self, usage: Usage) -> Usage:
        """Change a report."""
        return replace(usage, cached_tokens=None, reasoning_tokens=None)


@mutant("PC-USAGE-008", "usage of the whole answer")
class TakesCacheOff(_Counting):
    """Takes what came from a cache off what was read."""

    def counted(self, usage: Usage) -> Usage:
        """Change a report."""
        return replace(usage, prompt_tokens=(usage.prompt_tokens or 0) - (usage.cached_tokens or 0))


@mutant("PC-USAGE-010", "usage of the whole answer")
class ZeroIsUnknown(_Counting):
    """Takes a count of zero for none."""

    def counted(self, usage: Usage) -> Usage:
        """Change a report."""
        return replace(usage, cached_tokens=usage.cached_tokens or None)


@mutant("PC-USAGE-011", "usage.source of the whole answer: reported")
class CallsReportsEstimates(_Counting):
    """Marks the service's numbers as its own guess."""

    def counted(self, usage: Usage) -> Usage:
        """Change a report."""
        return replace(usage, source="estimated")


@mutant("PC-USAGE-012", "usage of the whole answer")
class CountsWholeAnswersOnly(Mutable):
    """Reads usage of answers that ended well."""

    def answered(self, response: ChatResponse) -> ChatResponse:
        """Change a whole answer."""
        return response if response.finish_reason == "stop" else replace(response, usage=None)


@mutant("PC-USAGE-015", "usage of the whole answer: None")
class KeepsUsageOnSelf(Mutable):
    """Reports the last usage that it saw."""

    seen: Usage | None = None

    def answered(self, response: ChatResponse) -> ChatResponse:
        """Change a whole answer."""
        self.seen = response.usage or self.seen
        return replace(response, usage=self.seen)


class _Floats(OpenAIWire):
    def __init__(self) -> None:
        super().__init__()
        self.traits = replace(self.traits, float_counts=True)


@mutant("PC-USAGE-016", "usage of the whole answer", wire=_Floats())
class KeepsDecimalPoints(_Counting):
    """Hands counts on as its service writes them, with a decimal point."""

    def counted(self, usage: Usage) -> Usage:
        """Change a report."""
        counts = {name: count for name, count in asdict(usage).items() if isinstance(count, int)}
        return replace(usage, **{name: float(count) for name, count in counts.items()})  # type: ignore[arg-type]


@mutant("PC-USAGE-016", "usage of the whole answer")
class CountsIn32Bits(_Counting):
    """Has room for 32 bits of each count."""

    def counted(self, usage: Usage) -> Usage:
        """Change a report."""
        return replace(usage, prompt_tokens=usage.prompt_tokens and usage.prompt_tokens % 2**32)


@mutant("PC-USAGE-017", "usage of the whole answer")
class DemandsBothParts(Mutable):
    """Drops a report that lacks one of both parts."""

    def answered(self, response: ChatResponse) -> ChatResponse:
        """Change a whole answer."""
        usage = response.usage
        known = usage and None not in (usage.prompt_tokens, usage.completion_tokens)
        return response if known else replace(response, usage=None)
