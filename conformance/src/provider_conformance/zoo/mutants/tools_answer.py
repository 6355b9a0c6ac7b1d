"""Mutants that TOOLS must kill for what they make of calls in unusual forms."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from provider_sdk import ChatResponse, Delta, ToolCall

from provider_conformance.zoo._mutants import mutant
from provider_conformance.zoo.mutants.stream import Filter
from provider_conformance.zoo.reference import Mutable


class _Calling(Mutable):
    """Changes each call of a whole answer."""

    def call(self, index: int, call: ToolCall) -> ToolCall:
        """Change a call."""
        raise NotImplementedError

    def answered(self, response: ChatResponse) -> ChatResponse:
        """Change a whole answer."""
        calls = tuple(self.call(index, call) for index, call in enumerate(response.tool_calls))
        return replace(response, tool_calls=calls)


@mutant("PC-TOOLS-040", "arguments_text of the whole answer")
class WritesArgumentsAnew(_Calling):
    """Writes the arguments anew after it parsed them."""

    def call(self, index: int, call: ToolCall) -> ToolCall:
        """Change a call."""
        return replace(call, arguments_text=json.dumps(call.arguments))


@mutant("PC-TOOLS-041", "tool_calls of the whole answer")
class CutsNames(_Calling):
    """Has room for names of 60 characters."""

    def call(self, index: int, call: ToolCall) -> ToolCall:
        """Change a call."""
        return replace(call, name=call.name[:60])


@mutant("PC-TOOLS-041", "tool_calls of the whole answer")
class SortsCallsAsText(Mutable):
    """Orders calls by their index as text."""

    def answered(self, response: ChatResponse) -> ChatResponse:
        """Change a whole answer."""
        calls = response.tool_calls
        order = sorted(range(len(calls)), key=str)
        return replace(response, tool_calls=tuple(calls[index] for index in order))


class _LastBegun(Filter):
    index = 0

    def event(self, event: Any) -> list[Any]:
        for fragment in event.tool_calls if isinstance(event, Delta) else ():
            if fragment.id:
                self.index = fragment.index
            fragment.index = self.index
        return [event]


@mutant("PC-TOOLS-042", "tool_calls of the stream")
class AppendsToLastCall(Mutable):
    """Takes every fragment for a part of the call that was begun last."""

    source = _LastBegun


@mutant("PC-TOOLS-043", "ids of the whole answer: one for each call")
class MakesNoIds(_Calling):
    """Makes no id for a call that came without one."""

    def call(self, index: int, call: ToolCall) -> ToolCall:
        """Change a call."""
        return call if call.id.startswith("call_") and len(call.id) == 29 else replace(call, id="")


@mutant("PC-TOOLS-043", "different ids of the whole answer")
class MakesOneId(_Calling):
    """Gives each call that came without an id the same one."""

    def call(self, index: int, call: ToolCall) -> ToolCall:
        """Change a call."""
        return call if len(call.id) == 29 else replace(call, id="call_1")


@mutant("PC-TOOLS-044", "tool_calls of the second whole answer")
class RenamesKnownIds(_Calling):
    """Gives a call another id if it knows the one that came."""

    def __init__(self, **config: Any) -> None:
        super().__init__(**config)
        self._known: set[str] = set()

    def call(self, index: int, call: ToolCall) -> ToolCall:
        """Change a call."""
        known = call.id in self._known
        self._known.add(call.id)
        return replace(call, id=f"{call.id}-{len(self._known)}") if known else call


@mutant("PC-TOOLS-041", "tool_calls of the whole answer")
class TakesSixteenCalls(Mutable):
    """Reads the first sixteen calls of an answer."""

    def answered(self, response: ChatResponse) -> ChatResponse:
        """Change a whole answer."""
        return replace(response, tool_calls=response.tool_calls[:16])


@mutant("PC-TOOLS-041", "tool_calls of the whole answer")
class DropsEqualCalls(Mutable):
    """Takes a call with the name and the arguments of another one for the same call."""

    def answered(self, response: ChatResponse) -> ChatResponse:
        """Change a whole answer."""
        calls = {(call.name, call.arguments_text): call for call in response.tool_calls}
        return replace(response, tool_calls=tuple(calls.values()))
