"""Mutants that TOOLS must kill for what they make of calls and results in the history."""

from __future__ import annotations

import json
from typing import Any

from provider_conformance.zoo._mutants import mutant
from provider_conformance.zoo.mutants.chat_request import Rewriting, dicts


@mutant("PC-TOOLS-031", "turns with results")
class WritesResultsAnew(Rewriting):
    """Parses results that are JSON, and writes them anew."""

    def rewritten(self, messages: list[Any]) -> list[Any]:
        """Change the messages."""
        return [
            t | {"content": _anew(t["content"])} if t["role"] == "tool" else t
            for t in dicts(messages)
        ]


def _anew(content: Any) -> Any:
    try:
        return json.dumps(json.loads(content))
    except (TypeError, ValueError):
        return content


@mutant("PC-TOOLS-031", "turns with results")
class FillsEmptyResults(Rewriting):
    """Sends "ok" for a result that is empty."""

    def rewritten(self, messages: list[Any]) -> list[Any]:
        """Change the messages."""
        return [
            t | {"content": t["content"] or "ok"} if t["role"] == "tool" else t
            for t in dicts(messages)
        ]


@mutant("PC-TOOLS-032", "turns with several calls")
class DropsTextBesideCalls(Rewriting):
    """Sends the calls of a turn without its text."""

    def rewritten(self, messages: list[Any]) -> list[Any]:
        """Change the messages."""
        return [t | {"content": ""} if "tool_calls" in t else t for t in dicts(messages)]


@mutant("PC-TOOLS-033", "arguments: to hold")
class RepairsArguments(Rewriting):
    """Sends {} for arguments that are not JSON."""

    def rewritten(self, messages: list[Any]) -> list[Any]:
        """Change the messages."""
        return [
            t | {"tool_calls": [*map(_repaired, t["tool_calls"])]} if "tool_calls" in t else t
            for t in dicts(messages)
        ]


def _repaired(call: dict[str, Any]) -> dict[str, Any]:
    function = call["function"]
    try:
        json.loads(function["arguments"])
    except ValueError:
        return call | {"function": function | {"arguments": "{}"}}
    return call


@mutant("PC-TOOLS-032", "turns with several calls")
class CutsLongIds(Rewriting):
    """Cuts the ids of calls to the length that one service allows."""

    def rewritten(self, messages: list[Any]) -> list[Any]:
        """Change the messages."""
        return [
            t | {"tool_calls": [c | {"id": c["id"][:40]} for c in t["tool_calls"]]}
            if t.get("tool_calls")
            else t
            for t in dicts(messages)
        ]


@mutant("PC-TOOLS-031", "turns with results")
class DropsPartsBesideCalls(Rewriting):
    """Sends the calls of a turn without its text, if that is in parts."""

    def rewritten(self, messages: list[Any]) -> list[Any]:
        """Change the messages."""
        return [
            t | {"content": ""} if "tool_calls" in t and isinstance(t.get("content"), list) else t
            for t in dicts(messages)
        ]


@mutant("PC-TOOLS-031", "turns with results")
class FindsResultsById(Rewriting):
    """Sends the last result that has the id of a call, whichever turn made the call."""

    def rewritten(self, messages: list[Any]) -> list[Any]:
        """Change the messages."""
        turns = dicts(messages)
        results = {t["tool_call_id"]: t for t in turns if t["role"] == "tool"}
        return [results[t["tool_call_id"]] if t["role"] == "tool" else t for t in turns]


@mutant("PC-TOOLS-032", "turns with several calls")
class SendsEqualCallsOnce(Rewriting):
    """Sends one call of those in a turn that differ in nothing but the id."""

    def rewritten(self, messages: list[Any]) -> list[Any]:
        """Change the messages."""
        turns = dicts(messages)
        for turn in turns:
            if made := turn.get("tool_calls"):
                turn["tool_calls"] = [*{str(call["function"]): call for call in made}.values()]
        return turns
