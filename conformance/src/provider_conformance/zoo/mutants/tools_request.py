"""Mutants that TOOLS must kill for what they send."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import fields
from typing import Any

from provider_sdk import ChatResponse, Message

from provider_conformance.zoo._mutants import mutant
from provider_conformance.zoo.mutants.chat_request import Rewriting, dicts
from provider_conformance.zoo.mutants.options import Optioning, without
from provider_conformance.zoo.reference import Mutable


@mutant("PC-TOOLS-020", "tools in the request")
class DropsTools(Optioning):
    """Claims tools and does not send them."""

    def optioned(self, options: dict[str, Any]) -> dict[str, Any]:
        """Change the options."""
        return without(options, "tools", "tool_choice")


@mutant("PC-TOOLS-020", "tools in the request")
class DropsDescriptions(Optioning):
    """Sends tools without what they are for."""

    def optioned(self, options: dict[str, Any]) -> dict[str, Any]:
        """Change the options."""
        if not options.get("tools"):
            return options
        tools = [
            tool | {"function": without(tool["function"], "description")}
            for tool in options["tools"]
        ]
        return options | {"tools": tools}


@mutant("PC-TOOLS-020", "tools in the request")
class SortsTools(Optioning):
    """Sends tools in an order of its own."""

    def optioned(self, options: dict[str, Any]) -> dict[str, Any]:
        """Change the options."""
        return options | {"tools": options["tools"][::-1]} if options.get("tools") else options


def _with_functions(
    options: dict[str, Any], change: Callable[[dict[str, Any]], dict[str, Any]]
) -> dict[str, Any]:
    """Return the options with each function that is offered changed."""
    offered = options.get("tools") or []
    return options | {"tools": [tool | {"function": change(tool["function"])} for tool in offered]}


@mutant("PC-TOOLS-020", "description")
class CutsDescriptions(Optioning):
    """Sends the beginning of a description."""

    def optioned(self, options: dict[str, Any]) -> dict[str, Any]:
        """Change the options."""

        def change(function: dict[str, Any]) -> dict[str, Any]:
            return {n: v[:1024] if n == "description" else v for n, v in function.items()}

        return _with_functions(options, change)


@mutant("PC-TOOLS-020", "parameters")
class DropsDefinitions(Optioning):
    """Sends schemas without the definitions to which they refer."""

    def optioned(self, options: dict[str, Any]) -> dict[str, Any]:
        """Change the options."""

        def change(function: dict[str, Any]) -> dict[str, Any]:
            schema = function.get("parameters")
            return function | {"parameters": without(schema, "$defs")} if schema else function

        return _with_functions(options, change)


@mutant("PC-TOOLS-035", "parameters of the tools in the request")
class SortsProperties(Optioning):
    """Sends the properties of a schema in alphabetical order."""

    def optioned(self, options: dict[str, Any]) -> dict[str, Any]:
        """Change the options."""
        return _with_functions(
            options, lambda function: json.loads(json.dumps(function, sort_keys=True))
        )


@mutant("PC-TOOLS-030", "strict of the tools in the request")
class TightensTools(Optioning):
    """Makes every tool strict."""

    def optioned(self, options: dict[str, Any]) -> dict[str, Any]:
        """Change the options."""
        return _with_functions(options, lambda function: function | {"strict": True})


@mutant("PC-TOOLS-030", "strict of the tools in the request")
class LoosensTools(Optioning):
    """Sends tools without saying how strict they are."""

    def optioned(self, options: dict[str, Any]) -> dict[str, Any]:
        """Change the options."""
        return _with_functions(options, lambda function: without(function, "strict"))


@mutant("PC-TOOLS-021", "tool_choice none in the request")
class DropsToolChoice(Optioning):
    """Leaves the choice to the model whatever was given."""

    def optioned(self, options: dict[str, Any]) -> dict[str, Any]:
        """Change the options."""
        return without(options, "tool_choice")


@mutant("PC-TOOLS-022", "tool_choice function in the request")
class AnyToolWillDo(Optioning):
    """Requires some tool when one was named."""

    def optioned(self, options: dict[str, Any]) -> dict[str, Any]:
        """Change the options."""
        named = isinstance(options.get("tool_choice"), dict)
        return options | {"tool_choice": "required"} if named else options


@mutant("PC-TOOLS-023", "tool_choice in the request, whole: auto")
class AutoIsRequired(Optioning):
    """Requires a call when the model was to choose."""

    def optioned(self, options: dict[str, Any]) -> dict[str, Any]:
        """Change the options."""
        auto = options.get("tool_choice") == "auto"
        return options | {"tool_choice": "required"} if auto else options


@mutant("PC-TOOLS-024", "turns sent from dicts")
class ResultsAreUsers(Rewriting):
    """Sends the results of tools as if the user had written them."""

    def rewritten(self, messages: list[Any]) -> list[Any]:
        """Change the messages."""
        return [
            {"role": "user", "content": m["content"]} if m["role"] == "tool" else m
            for m in dicts(messages)
        ]


@mutant("PC-TOOLS-024", "turns sent from dicts")
class ForgetsCallText(Rewriting):
    """Sends a turn that calls without what it said."""

    def rewritten(self, messages: list[Any]) -> list[Any]:
        """Change the messages."""
        return [m | {"content": ""} if m.get("tool_calls") else m for m in dicts(messages)]


@mutant("PC-TOOLS-025", "turns after the question")
class TiesResultsByPosition(Rewriting):
    """Takes the first result for that of the first call."""

    def rewritten(self, messages: list[Any]) -> list[Any]:
        """Change the messages."""
        turns = dicts(messages)
        ids = iter([call["id"] for turn in turns for call in turn.get("tool_calls") or ()])
        return [
            turn | {"tool_call_id": next(ids)} if turn["role"] == "tool" else turn for turn in turns
        ]


class _Silent(ChatResponse):
    @property
    def message(self) -> Message:
        return Message("assistant", self.text)


@mutant("PC-TOOLS-026", "turns after the question, after the whole answer")
class MessageWithoutCalls(Mutable):
    """Makes a message of the text of an answer, without its calls."""

    def answered(self, response: ChatResponse) -> ChatResponse:
        """Change a whole answer."""
        return _Silent(**{f.name: getattr(response, f.name) for f in fields(response)})


@mutant("PC-TOOLS-020", "tools in the request")
class OffersFewTools(Optioning):
    """Offers the first 64 tools."""

    def optioned(self, options: dict[str, Any]) -> dict[str, Any]:
        """Change the options."""
        return options | {"tools": options["tools"][:64]} if options.get("tools") else options
