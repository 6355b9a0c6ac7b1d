"""Mutants that TOOLS must kill for what they make of calls."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from provider_sdk import ChatResponse, Delta, ToolCall, ToolCallDelta

from provider_conformance.zoo._mutants import mutant
from provider_conformance.zoo.reference import Mutable

Calls = Sequence[ToolCall]
Fragments = Sequence[ToolCallDelta]


class _Calling(Mutable):
    """Reads the calls of whole answers in its own way."""

    def called(self, calls: Calls) -> Calls:
        """Change the calls."""
        raise NotImplementedError

    def answered(self, response: ChatResponse) -> ChatResponse:
        """Change a whole answer."""
        return replace(response, tool_calls=tuple(self.called(response.tool_calls)))


class _Fragmenting(Mutable):
    """Reads the fragments of streamed calls in its own way."""

    def fragments(self, deltas: Fragments) -> Fragments:
        """Change the fragments of a delta."""
        raise NotImplementedError

    def delta(self, delta: Delta) -> Delta:
        """Change a delta."""
        return replace(delta, tool_calls=list(self.fragments(delta.tool_calls)))


@mutant("PC-TOOLS-001", "tool_calls")
class LosesCallIds(_Calling):
    """Does not read the ids of calls."""

    def called(self, calls: Calls) -> Calls:
        """Change the calls."""
        return [replace(call, id="") for call in calls]


@mutant("PC-TOOLS-001", "tool_calls")
class LeavesArgumentsUnparsed(_Calling):
    """Has the text of the arguments where the object should be."""

    def called(self, calls: Calls) -> Calls:
        """Change the calls."""
        return [replace(c, arguments=c.arguments_text) for c in calls]  # type: ignore[arg-type]


@mutant("PC-TOOLS-001", "arguments_text of the call")
class DropsArgumentsText(_Calling):
    """Throws the text of the arguments away once they are parsed."""

    def called(self, calls: Calls) -> Calls:
        """Change the calls."""
        return [replace(call, arguments_text="") for call in calls]


@mutant("PC-TOOLS-002", "finish_reason of the whole answer: tool_calls")
class CallingIsStop(Mutable):
    """Finishes every answer with "stop"."""

    def answered(self, response: ChatResponse) -> ChatResponse:
        """Change a whole answer."""
        return replace(response, finish_reason="stop")


@mutant("PC-TOOLS-003", "finish_reason of the whole answer: tool_calls")
class TrustsWireFinish(Mutable):
    """Takes the service's word for the end over what the answer holds."""

    def answered(self, response: ChatResponse) -> ChatResponse:
        """Change a whole answer."""
        return replace(response, finish_reason=response.raw_finish_reason)  # type: ignore[arg-type]


@mutant("PC-TOOLS-004", "tool_calls")
class KeepsFirstCall(_Calling):
    """Reads one call from an answer."""

    def called(self, calls: Calls) -> Calls:
        """Change the calls."""
        return calls[:1]


@mutant("PC-TOOLS-004", "tool_calls")
class MergesCallsOfOneTool(_Calling):
    """Keeps calls by the name of their tool, the last one each."""

    def called(self, calls: Calls) -> Calls:
        """Change the calls."""
        return list({call.name: call for call in calls}.values())


@mutant("PC-TOOLS-005", "tool_calls of the stream")
class StreamsNoCalls(_Fragmenting):
    """Does not read calls from a stream."""

    def fragments(self, deltas: Fragments) -> Fragments:
        """Change the fragments of a delta."""
        return ()


@mutant("PC-TOOLS-005", "tool_calls of the stream")
class KeepsFirstFragment(_Fragmenting):
    """Reads the fragment that names the tool, and none after it."""

    def fragments(self, deltas: Fragments) -> Fragments:
        """Change the fragments of a delta."""
        return [delta for delta in deltas if delta.name]


@mutant("PC-TOOLS-006", "tool_calls of the stream")
class MergesStreamedCalls(_Fragmenting):
    """Joins the fragments of all calls of a stream into one."""

    def fragments(self, deltas: Fragments) -> Fragments:
        """Change the fragments of a delta."""
        return [replace(delta, index=0) for delta in deltas]


@mutant("PC-TOOLS-007", "indices of the fragments")
class CountsFromOne(_Fragmenting):
    """Numbers the calls of a stream from 1."""

    def fragments(self, deltas: Fragments) -> Fragments:
        """Change the fragments of a delta."""
        return [replace(delta, index=delta.index + 1) for delta in deltas]


@mutant("PC-TOOLS-007", "calls joined from the fragments")
class NamesCallsLate(_Fragmenting):
    """Tells the name of a streamed call in a fragment after its arguments."""

    def fragments(self, deltas: Fragments) -> Fragments:
        """Change the fragments of a delta."""
        return [
            part
            for delta in deltas
            for part in (replace(delta, name=None), ToolCallDelta(delta.index, name=delta.name))
        ]


@mutant("PC-TOOLS-008", "tool_calls (whole)")
class EmptyArgumentsAreNone(_Calling):
    """Takes empty arguments for broken ones."""

    def called(self, calls: Calls) -> Calls:
        """Change the calls."""
        return [replace(call, arguments=call.arguments or None) for call in calls]


@mutant("PC-TOOLS-009", "tool_calls with the arguments")
class CutArgumentsAreEmpty(_Calling):
    """Calls a tool without arguments when they were cut."""

    def called(self, calls: Calls) -> Calls:
        """Change the calls."""
        return [replace(call, arguments=call.arguments or {}) for call in calls]


@mutant("PC-TOOLS-009", "arguments_text (whole)")
class DropsCutText(_Calling):
    """Throws arguments away that it cannot parse."""

    def called(self, calls: Calls) -> Calls:
        """Change the calls."""
        return [call if call.arguments else replace(call, arguments_text="") for call in calls]


@mutant("PC-TOOLS-009", "tool_calls with the arguments '[1, 2]' (whole)")
class TakesAnyJson(_Calling):
    """Takes whatever is JSON for arguments."""

    def called(self, calls: Calls) -> Calls:
        """Change the calls."""
        return [replace(call, arguments=_any_json(call.arguments_text)) for call in calls]


def _any_json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


@mutant("PC-TOOLS-010", "tool_calls of the whole answer")
class ArgumentsAreTexts(_Calling):
    """Makes a text of every argument."""

    def called(self, calls: Calls) -> Calls:
        """Change the calls."""
        return [
            replace(call, arguments={name: str(v) for name, v in (call.arguments or {}).items()})
            for call in calls
        ]


@mutant("PC-TOOLS-011", "text of the whole answer")
class CallingHasNoText(Mutable):
    """Reads either calls or text."""

    def answered(self, response: ChatResponse) -> ChatResponse:
        """Change a whole answer."""
        return replace(response, text="") if response.tool_calls else response


@mutant("PC-TOOLS-012", "finish_reason of the whole answer: stop")
class OfferingIsCalling(Mutable):
    """Says that a tool was called whenever one was offered."""

    def asked(
        self, messages: Any, model: str | None, stream: bool, options: dict[str, Any]
    ) -> tuple[Any, str | None, bool, dict[str, Any]]:
        """Change what is asked."""
        self._offers = bool(options.get("tools"))
        return messages, model, stream, options

    def answered(self, response: ChatResponse) -> ChatResponse:
        """Change a whole answer."""
        return replace(response, finish_reason="tool_calls") if self._offers else response
