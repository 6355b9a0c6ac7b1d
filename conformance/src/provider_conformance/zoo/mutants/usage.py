"""Mutants that USAGE must kill."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any, ClassVar, cast

from provider_sdk import (
    ChatCall,
    ChatOptions,
    ChatResponse,
    Delta,
    HttpRequest,
    OpenAIDialect,
    ProviderError,
    StreamEvent,
    Usage,
)

from provider_conformance.wires import OpenAIWire
from provider_conformance.zoo._mutants import mutant
from provider_conformance.zoo.mutants.stream import Filter
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


@mutant("PC-USAGE-002", "usage of the streamed answer")
class PassesOverLastEvent(Mutable):
    """Reads usage only where there is text or a finish reason beside it."""

    def delta(self, delta: Delta) -> Delta:
        """Change a delta."""
        beside = delta.text or delta.finish_reason
        return delta if beside else replace(delta, usage=None)


class _Unasking(OpenAIDialect):
    def chat_request(self, call: ChatCall) -> HttpRequest:
        return super().chat_request(replace(call, include_usage=False))


@mutant("PC-USAGE-003", "the request for usage in a stream: True")
class DoesNotAskForUsage(Mutable):
    """Waits for usage that it did not ask for."""

    dialect: ClassVar[Any] = _Unasking()


@mutant("PC-USAGE-003", "fields of the request for a whole answer: no stream_options")
class AsksAlways(Mutable):
    """Asks for usage in a stream where there is no stream."""

    def asked(
        self, messages: Any, model: str | None, stream: bool, options: dict[str, Any]
    ) -> tuple[Any, str | None, bool, dict[str, Any]]:
        """Change what is asked."""
        wish = {"extra_body": {"stream_options": {"include_usage": True}}}
        return messages, model, stream, options if stream else options | wish


@mutant("PC-USAGE-004", "usage of the whole answer: None")
class UnsentIsZero(Mutable):
    """Reports zeros where nothing was reported."""

    def answered(self, response: ChatResponse) -> ChatResponse:
        """Change a whole answer."""
        return replace(response, usage=response.usage or Usage(0, 0, 0))


@mutant("PC-USAGE-004", "usage of the whole answer: None")
class EstimatesUsage(Mutable):
    """Guesses what was not reported, and does not say so."""

    def answered(self, response: ChatResponse) -> ChatResponse:
        """Change a whole answer."""
        return replace(response, usage=response.usage or Usage(1, len(response.text) // 4))


@mutant("PC-USAGE-004", "usage of the streamed answer: None")
class EndsStreamWithZeros(Mutable):
    """Reports zeros at the end of a stream without a report."""

    def delta(self, delta: Delta) -> Delta:
        """Change a delta."""
        ends = delta.finish_reason is not None
        return replace(delta, usage=delta.usage or Usage(0, 0, 0)) if ends else delta


@mutant("PC-USAGE-005", "usage of the whole answer")
class MissingCountIsZero(_Counting):
    """Reports zero for a count that was not sent."""

    def counted(self, usage: Usage) -> Usage:
        """Change a report."""
        read, written = usage.prompt_tokens or 0, usage.completion_tokens or 0
        return replace(usage, prompt_tokens=read, completion_tokens=written, total_tokens=None)


@mutant("PC-USAGE-006", "usage of the whole answer")
class LeavesTotalOut(_Counting):
    """Has a total only where it is more than the sum."""

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


class _Giving(OpenAIDialect):
    def relax(self, call: ChatCall, error: ProviderError) -> ChatCall | None:
        return None


@mutant("PC-USAGE-013", "a stream whose usage flag was rejected: a ChatResponse")
class InsistsOnUsage(Mutable):
    """Has no stream where it cannot have usage."""

    dialect: ClassVar[Any] = _Giving()


class _Forgetting(OpenAIDialect):
    is_new_call = False

    def chat_request(self, call: ChatCall) -> HttpRequest:
        is_new_call, self.is_new_call = self.is_new_call, False
        return super().chat_request(replace(call, include_usage=True) if is_new_call else call)

    def relax(self, call: ChatCall, error: ProviderError) -> ChatCall | None:
        return super().relax(replace(call, include_usage=True), error)


@mutant("PC-USAGE-013", "usage requested, request by request: [False]")
class ForgetsRejection(Mutable):
    """Runs into the same rejection with every call."""

    dialect: ClassVar[Any] = _Forgetting()

    def asked(
        self, messages: Any, model: str | None, stream: bool, options: dict[str, Any]
    ) -> tuple[Any, str | None, bool, dict[str, Any]]:
        """Change what is asked."""
        self.dialect.is_new_call = True
        return messages, model, stream, options


class _Remembering(OpenAIDialect):
    rejected = False

    def chat_request(self, call: ChatCall) -> HttpRequest:
        return super().chat_request(replace(call, include_usage=False) if self.rejected else call)

    def relax(self, call: ChatCall, error: ProviderError) -> ChatCall | None:
        relaxed = super().relax(call, error)
        self.rejected = self.rejected or relaxed is not None
        return relaxed


@mutant("PC-USAGE-013", "usage requested, request by request: [True, False]")
class RemembersForAllModels(Mutable):
    """Asks no model for usage once one has rejected the request for it."""

    def __init__(self, **config: Any) -> None:
        cast("Any", self).dialect = _Remembering()
        super().__init__(**config)


class _Guessing(OpenAIDialect):
    def relax(self, call: ChatCall, error: ProviderError) -> ChatCall | None:
        return replace(call, include_usage=False) if call.include_usage else None


@mutant("PC-USAGE-014", "requests of a rejected stream: 1")
class BlamesUsageFlag(Mutable):
    """Takes any rejection for a rejection of the usage request."""

    dialect: ClassVar[Any] = _Guessing()


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


class _Stripping(OpenAIDialect):
    def relax(self, call: ChatCall, error: ProviderError) -> ChatCall | None:
        relaxed = super().relax(call, error)
        kept = {name: v for name, v in call.options.items() if name != "extra_body"}
        return relaxed and replace(relaxed, options=cast("ChatOptions", kept))


@mutant("PC-USAGE-013", "the call without the flag")
class AsksLessWithoutUsage(Mutable):
    """Leaves out the caller's own fields where it leaves out the request for usage."""

    dialect: ClassVar[Any] = _Stripping()
