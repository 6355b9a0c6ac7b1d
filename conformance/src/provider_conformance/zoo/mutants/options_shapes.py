"""Mutants that OPTIONS and TOOLS must kill for what they do with a wrong shape."""

from __future__ import annotations

from typing import Any

from provider_sdk import ProviderRequestError
from provider_sdk.adapting import checked_options

from provider_conformance.zoo._mutants import mutant
from provider_conformance.zoo.mutants.options import Optioning, without


class _Dropping(Optioning):
    """Leaves out what it does not understand."""

    names: tuple[str, ...]

    def optioned(self, options: dict[str, Any]) -> dict[str, Any]:
        """Change the options."""
        try:
            checked_options(options)
        except ProviderRequestError:
            return without(options, *self.names)
        return options


@mutant("PC-TOOLS-034", "to raise Exception")
class DropsMalformedTools(_Dropping):
    """Offers no tool if one is malformed."""

    names = ("tools", "tool_choice")


@mutant("PC-OPTIONS-021", "to raise Exception")
class DropsMalformedFormats(_Dropping):
    """Asks for text if a format is malformed."""

    names = ("response_format",)


@mutant("PC-OPTIONS-022", "to raise Exception")
class ReadsTextAsNumber(Optioning):
    """Reads a number in whatever it is given."""

    def optioned(self, options: dict[str, Any]) -> dict[str, Any]:
        """Change the options."""
        return {
            n: float(v) if isinstance(v, str) and v.isdigit() else v for n, v in options.items()
        }


@mutant("PC-TOOLS-034", "to raise Exception")
class WrapsBareFunctions(Optioning):
    """Wraps a function that is not in a tool, as other protocols have them."""

    def optioned(self, options: dict[str, Any]) -> dict[str, Any]:
        """Change the options."""
        tools = options.get("tools")
        if not isinstance(tools, list):
            return options
        return options | {"tools": [_wrapped(tool) for tool in tools]}


def _wrapped(tool: Any) -> Any:
    is_bare = isinstance(tool, dict) and "name" in tool and "parameters" in tool
    return {"type": "function", "function": tool} if is_bare else tool


@mutant("PC-OPTIONS-021", "to raise Exception")
class WrapsBareSchemas(Optioning):
    """Takes a schema with a name for a whole format."""

    def optioned(self, options: dict[str, Any]) -> dict[str, Any]:
        """Change the options."""
        wanted = options.get("response_format")
        if isinstance(wanted, dict) and "schema" in wanted and "json_schema" not in wanted:
            named = {"name": wanted.get("name"), "schema": wanted["schema"]}
            return options | {"response_format": {"type": "json_schema", "json_schema": named}}
        return options
