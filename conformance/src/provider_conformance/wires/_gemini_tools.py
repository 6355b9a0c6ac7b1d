"""Reads the tools of a request, and which of them may be called."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from provider_conformance.wires._gemini_fields import fields, items, text
from provider_conformance.wires._gemini_schema import json_schema

_FUNCTIONS = "functionDeclarations"
_TOOLS = frozenset(
    {
        *(_FUNCTIONS, "googleSearch", "googleSearchRetrieval", "codeExecution", "urlContext"),
        *("googleMaps", "fileSearch", "computerUse", "mcpServers"),
    }
)
_DECLARATION = frozenset(
    {
        *("name", "description", "behavior", "parameters", "parametersJsonSchema"),
        *("response", "responseJsonSchema"),
    }
)
_CONFIG = frozenset(
    {"functionCallingConfig", "retrievalConfig", "includeServerSideToolInvocations"}
)
_CALLING = frozenset({"mode", "allowedFunctionNames", "streamFunctionCallArguments"})
_MODES = {"MODE_UNSPECIFIED": "auto", "AUTO": "auto", "NONE": "none", "ANY": "required"}
_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_.:-]{0,63}")


def seen_tools(tools: Any) -> list[dict[str, Any]]:
    """Return the functions that a request declares, in the contract's terms.

    Raises:
        ValueError: the service would reject them.
    """
    found = [_seen_tool(declaration) for declaration in _declarations(tools)]
    for name, count in Counter(tool["function"]["name"] for tool in found).items():
        if count > 1:
            raise ValueError(f"Duplicate function declaration found: {name}")
    return found


def seen_choice(config: Any, tools: Sequence[Mapping[str, Any]]) -> Any:
    """Return which functions may be called, in the contract's terms; ``None`` if it is not said.

    Raises:
        ValueError: the service would reject it.
    """
    known = fields(config or {}, "tool_config", _CONFIG)
    if "functionCallingConfig" not in known:
        return None
    if not tools:
        raise ValueError("Function calling config is set without function_declarations.")
    place = "tool_config.function_calling_config"
    calling = fields(known["functionCallingConfig"], place, _CALLING)
    mode = calling.get("mode", "MODE_UNSPECIFIED")
    if mode not in (*_MODES, "VALIDATED"):
        raise ValueError(f"Invalid value at '{place}.mode', {mode!r}")
    allowed = items(calling.get("allowedFunctionNames"), f"{place}.allowed_function_names")
    _require_allowed(allowed, mode, tools)
    if len(allowed) == 1 and mode == "ANY":
        return {"type": "function", "function": {"name": allowed[0]}}
    return calling if allowed or mode == "VALIDATED" else _MODES[mode]


def _require_allowed(allowed: Sequence[Any], mode: str, tools: Sequence[Mapping[str, Any]]) -> None:
    if allowed and mode not in ("ANY", "VALIDATED"):
        raise ValueError(
            "Allowed function names may only be set when function calling mode is ANY."
        )
    declared = {tool["function"]["name"] for tool in tools}
    if unknown := [name for name in allowed if name not in declared]:
        raise ValueError(f"allowed_function_names: {unknown[0]!r} is not declared")


def _declarations(tools: Any) -> Iterator[Any]:
    for number, tool in enumerate(items(tools, "tools")):
        known = fields(tool, f"tools[{number}]", _TOOLS)
        yield from items(known.get(_FUNCTIONS), f"tools[{number}].function_declarations")


def _seen_tool(declaration: Any) -> dict[str, Any]:
    place = "tools.function_declarations"
    known = fields(declaration, place, _DECLARATION)
    name = text(known.get("name"), f"{place}.name")
    if not _NAME.fullmatch(name):
        raise ValueError(
            f"{place}.name: Invalid function name {name!r}. Must start with a letter or an "
            "underscore. Must be alphanumeric, underscores, dots, colons or dashes, with a maximum "
            "length of 64."
        )
    function: dict[str, Any] = {"name": name}
    if "description" in known:
        function["description"] = text(known["description"], f"{place}.description")
    if "parameters" in known and "parametersJsonSchema" in known:
        raise ValueError(f"{place}: parameters and parameters_json_schema exclude each other")
    if "parameters" in known:
        function["parameters"] = json_schema(known["parameters"], f"{place}.parameters")
    if "parametersJsonSchema" in known:
        function["parameters"] = known["parametersJsonSchema"]
    return {"type": "function", "function": function}
