"""Checks the shapes of the options ``tools``, ``tool_choice`` and ``response_format``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from provider_sdk._errors import ProviderRequestError
from provider_sdk._validation import check_finite, is_mapping, is_text, safe_repr

_CHOICES = frozenset({"auto", "none", "required"})
_CHOICE_FORM = "'auto', 'none', 'required' or one function by name"
_FORMATS = frozenset({"text", "json_object", "json_schema"})
_LONGEST_WORD = 20
_FORMAT_FORM = "'text', 'json_object' or 'json_schema'"


def check_shapes(options: Mapping[str, Any]) -> None:
    """Refuse ``tools``, a ``tool_choice`` or a ``response_format`` of the wrong shape.

    Raises:
        ProviderRequestError: a shape is wrong; the message names the place and what belongs there.
    """
    names = [_tool_name(f"tools[{n}]", tool) for n, tool in enumerate(options.get("tools") or ())]
    if "tool_choice" in options:
        _check_choice(options["tool_choice"], names)
    if "response_format" in options:
        _check_format(options["response_format"])


def _tool_name(place: str, tool: Mapping[str, Any]) -> str:
    if tool.get("type") != "function":
        raise _wrong(f"{place}.type", "'function'", tool.get("type"))
    function = _mapping(place, tool, "function")
    name = _name(f"{place}.function", function)
    _check_optional(f"{place}.function", function, "description", is_text, "text")
    _check_optional(f"{place}.function", function, "parameters", is_mapping, "a JSON schema")
    check_finite(f"{place}.function.parameters", function.get("parameters"))
    _check_optional(f"{place}.function", function, "strict", _is_flag, "True or False")
    return name


def _check_choice(choice: str | Mapping[str, Any], names: list[str]) -> None:
    if isinstance(choice, str):
        if choice not in _CHOICES:
            raise _wrong("tool_choice", _CHOICE_FORM, choice)
        return
    if choice.get("type") != "function":
        raise _wrong("tool_choice.type", "'function'", choice.get("type"))
    name = _name("tool_choice.function", _mapping("tool_choice", choice, "function"))
    if names and name not in names:
        raise _wrong("tool_choice.function.name", "the name of one of the tools", name)


def _check_format(wanted: Mapping[str, Any]) -> None:
    kind = wanted.get("type")
    if not isinstance(kind, str) or kind not in _FORMATS:
        raise _wrong("response_format.type", _FORMAT_FORM, kind)
    if kind == "json_schema":
        place = "response_format.json_schema"
        named = _mapping("response_format", wanted, "json_schema")
        _name(place, named)
        check_finite(f"{place}.schema", _mapping(place, named, "schema"))
        _check_optional(place, named, "description", is_text, "text")
        _check_optional(place, named, "strict", _is_flag, "True or False")


def _mapping(place: str, holder: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = holder.get(name)
    if not is_mapping(value):
        raise _wrong(f"{place}.{name}", "a mapping", value)
    return value


def _name(place: str, holder: Mapping[str, Any]) -> str:
    name = holder.get("name")
    if not isinstance(name, str) or not name.strip():
        raise _wrong(f"{place}.name", "text that is not empty", name)
    return name


def _check_optional(
    place: str, holder: Mapping[str, Any], name: str, fits: Callable[[Any], bool], form: str
) -> None:
    value = holder.get(name)
    if value is not None and not fits(value):
        raise _wrong(f"{place}.{name}", form, value)


def _is_flag(value: object) -> bool:
    return isinstance(value, bool)


def _wrong(place: str, form: str, value: object) -> ProviderRequestError:
    if value is None:
        return ProviderRequestError(f"{place} is missing; it must be {form}")
    # Show a word, which may be misspelled; longer text may hold a credential.
    is_word = isinstance(value, str) and value.isidentifier() and len(value) <= _LONGEST_WORD
    shown = repr(value) if is_word else safe_repr(value)
    return ProviderRequestError(f"{place} must be {form}, not {shown}")
