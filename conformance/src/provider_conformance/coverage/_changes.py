"""Changes of the parts of a call: its turns, their parts and calls, its tools and options."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from typing import Any

from provider_conformance.coverage._forms import LOST, Form, Spoil, changed_if, lost_if
from provider_conformance.coverage._rows import Asked, Change

Thing = dict[str, Any]


NONE = Form("none", lost_if(lambda value: value is None))
"""The form of a value that is not there."""


def word(value: object) -> Form:
    """Return the form of being just this value."""
    return Form(
        json.dumps(value), lost_if(lambda found: found == value and type(found) is type(value))
    )


def of_each(things: Callable[[Asked], Iterator[Thing]], key: str, lost: Any = LOST) -> Change:
    """Return a change of one key of some dicts of a call.

    Args:
        things: finds the dicts.
        key: the key; dicts without it stay as they are.
        lost: what replaces a value that is lost; by default the key goes with it.
    """

    def change(asked: Asked, spoil: Spoil) -> Asked:
        asked = copied(asked)
        for thing in things(asked):
            if key in thing:
                new = spoil(thing.pop(key))
                new = lost if new is LOST else new
                if new is not LOST:
                    thing[key] = new
        return asked

    return change


def of_absent(things: Callable[[Asked], Iterator[Thing]], key: str, made_up: Any) -> Change:
    """Return a change that spoils the absence of a key: where it is lost, a value is made up."""

    def change(asked: Asked, spoil: Spoil) -> Asked:
        asked = copied(asked)
        for thing in things(asked):
            if key not in thing and spoil(None) is LOST:
                thing[key] = made_up
        return asked

    return change


def of_messages(asked: Asked, spoil: Spoil) -> Asked:
    """Change the list of messages."""
    asked = copied(asked)
    asked.messages = spoil(asked.messages)
    return asked


def of_model(asked: Asked, spoil: Spoil) -> Asked:
    """Change the name of the model."""
    new = asked.model if asked.model is None else spoil(asked.model)
    asked.model = "another-model" if new is LOST else new
    return asked


def parts(asked: Asked) -> Iterator[Thing]:
    """Yield the parts of all messages."""
    for message in asked.messages:
        if isinstance(content := message.get("content"), list):
            yield from content


def images(asked: Asked) -> Iterator[Thing]:
    """Yield what is said of each image."""
    return (part["image_url"] for part in parts(asked) if part["type"] == "image_url")


def calls(asked: Asked) -> Iterator[Thing]:
    """Yield the tool calls of all messages."""
    return (call for message in asked.messages for call in message.get("tool_calls") or ())


def functions_of_calls(asked: Asked) -> Iterator[Thing]:
    """Yield what is called."""
    return (call["function"] for call in calls(asked))


def tools(asked: Asked) -> Iterator[Thing]:
    """Yield the tools that are offered."""
    yield from asked.options.get("tools") or ()


def functions_of_tools(asked: Asked) -> Iterator[Thing]:
    """Yield what is offered."""
    return (tool["function"] for tool in tools(asked))


def schemas(asked: Asked) -> Iterator[Thing]:
    """Yield what is said of the schema for the answer."""
    wanted = asked.options.get("response_format") or {}
    if "json_schema" in wanted:
        yield wanted["json_schema"]


def of_arguments(asked: Asked, spoil: Spoil) -> Asked:
    """Change the arguments of all calls, as values."""
    asked = copied(asked)
    for function in functions_of_calls(asked):
        if not is_cut(function["arguments"]):
            new = spoil(json.loads(function["arguments"]))
            function["arguments"] = json.dumps({} if new is LOST else new)
    return asked


def is_cut(text: str) -> bool:
    """Whether arguments are not JSON."""
    try:
        json.loads(text)
    except ValueError:
        return True
    return False


def of_list(name: str, change: Callable[[list[Any]], list[Any]]) -> Form:
    """Return the form of a list that a change takes from it."""
    return Form(name, changed_if(list, change))


def in_lower_case(name: str = "letters of both cases") -> Form:
    """Return the form of a text with letters of both cases."""
    return Form(name, changed_if(str, str.lower))


def copied(asked: Asked) -> Asked:
    """Return a call that can be changed."""
    return copy.deepcopy(asked)
