"""Decodes requests of the Messages API, as strictly as the service."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from provider_conformance.wires._answer import SeenMessage, SeenPart
from provider_conformance.wires._state import unsealed

_CHOICES = {"auto": "auto", "none": "none", "any": "required"}
_Block = Mapping[str, Any]
_ID = re.compile(r"[a-zA-Z0-9_-]+")
_LEAST_BUDGET = 1024
_FIELDS = frozenset(
    {
        *("model", "max_tokens", "system", "messages", "stream", "stop_sequences", "temperature"),
        *("top_p", "tools", "tool_choice", "thinking", "output_config"),
    }
)
_EFFORTS = {"disabled": "none"}


def require_limits(body: Mapping[str, Any]) -> None:
    """Check the limits in a request, and that what they concern is there.

    Raises:
        ValueError: the service would reject them.
    """
    most = body.get("max_tokens")
    if not isinstance(most, int) or isinstance(most, bool):
        raise ValueError("max_tokens: an integer is required")
    thinking = body.get("thinking") or {}
    if thinking.get("type") == "enabled":
        budget = thinking.get("budget_tokens")
        if not isinstance(budget, int) or isinstance(budget, bool) or budget < _LEAST_BUDGET:
            raise ValueError(f"thinking.budget_tokens: must be at least {_LEAST_BUDGET}")
        if budget >= most:
            raise ValueError("max_tokens must be greater than thinking.budget_tokens")
    if body.get("tool_choice") and not body.get("tools"):
        raise ValueError("tool_choice may only be specified while providing tools")


def seen_options(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options in a request, by the contract's names."""
    names = {"max_tokens": "max_tokens", "stop_sequences": "stop"}
    names |= {"temperature": "temperature", "top_p": "top_p"}
    options = {name: body[key] for key, name in names.items() if key in body}
    if tools := body.get("tools"):
        options["tools"] = [_seen_tool(tool) for tool in tools]
    if choice := body.get("tool_choice"):
        options["tool_choice"] = _seen_choice(choice)
    config = body.get("output_config") or {}
    if thinking := body.get("thinking"):
        options["reasoning_effort"] = _EFFORTS.get(thinking["type"], thinking)
    if "effort" in config:
        options["reasoning_effort"] = config["effort"]
    if "format" in config:
        schema = {"schema": config["format"]["schema"]}
        options["response_format"] = {"type": config["format"]["type"], "json_schema": schema}
    return options


def surplus(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a request that no call of the contract needs."""
    return {name: value for name, value in body.items() if name not in _FIELDS}


def _seen_choice(choice: Mapping[str, Any]) -> Any:
    if choice["type"] == "tool":
        return {"type": "function", "function": {"name": choice["name"]}}
    return _CHOICES[choice["type"]]


def seen_messages(body: Mapping[str, Any]) -> list[SeenMessage]:
    """Return the messages of a request, the system prompt first.

    Raises:
        ValueError: the service would reject them.
    """
    found = [SeenMessage("system", text) for text in _system_texts(body.get("system"))]
    waiting: set[str] = set()
    used: set[str] = set()
    for n, message in enumerate(_messages(body)):
        content = message["content"]
        blocks = [{"type": "text", "text": content}] if isinstance(content, str) else content
        _require_content(n, blocks)
        results = [block for block in blocks if block["type"] == "tool_result"]
        _require_results(n, waiting, results, blocks)
        ids = [block["id"] for block in blocks if block["type"] == "tool_use"]
        _require_ids(n, ids, used)
        waiting = set(ids)
        found += [_seen_result(block) for block in results]
        if others := [block for block in blocks if block["type"] != "tool_result"]:
            found.append(_seen_message(message["role"], others))
    _require_stripped(found[-1])
    if waiting:
        raise ValueError(f"tool_use ids without tool_result: {sorted(waiting)}")
    return found


def _messages(body: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        raise ValueError("messages: at least one message is required")
    for n, message in enumerate(messages):
        if message["role"] not in ("user", "assistant"):
            raise ValueError(f"messages.{n}.role: must be user or assistant")
    return messages


def _system_texts(system: object) -> Iterator[str]:
    if isinstance(system, str):
        yield system
    elif isinstance(system, list):
        yield from (block["text"] for block in system)


def _require_content(n: int, blocks: Sequence[_Block]) -> None:
    if not blocks:
        raise ValueError(f"messages.{n}: content must not be empty")
    if any(block["type"] == "text" and not block["text"].strip() for block in blocks):
        raise ValueError(f"messages.{n}: text content blocks must contain non-whitespace text")


def _require_ids(n: int, ids: Sequence[object], used: set[str]) -> None:
    for id in ids:
        if not isinstance(id, str) or not _ID.fullmatch(id):
            raise ValueError(f"messages.{n}: tool_use.id must match {_ID.pattern}, not {id!r}")
        if id in used:
            raise ValueError(f"messages.{n}: tool_use ids must be unique, not {id!r} again")
        used.add(id)


def _require_stripped(last: SeenMessage) -> None:
    if last.role == "assistant" and last.text != last.text.rstrip():
        raise ValueError("messages: final assistant content cannot end with trailing whitespace")


def _require_results(
    n: int, waiting: set[str], results: Sequence[_Block], blocks: Sequence[_Block]
) -> None:
    answered = {block["tool_use_id"] for block in results}
    if waiting - answered:
        raise ValueError(f"messages.{n}: no tool_result for {sorted(waiting - answered)}")
    if answered - waiting:
        raise ValueError(f"messages.{n}: unexpected tool_use_id {sorted(answered - waiting)}")
    if list(blocks[: len(results)]) != list(results):
        raise ValueError(f"messages.{n}: tool_result blocks must come first")


def _seen_message(role: str, blocks: Sequence[_Block]) -> SeenMessage:
    return SeenMessage(
        role=role,
        text="".join(block["text"] for block in blocks if block["type"] == "text"),
        images=[_url(block["source"]) for block in blocks if block["type"] == "image"],
        parts=_parts(blocks),
        calls=[
            (block["id"], block["name"], _arguments(block))
            for block in blocks
            if block["type"] == "tool_use"
        ],
        state=_seen_state(blocks),
    )


def _seen_state(blocks: Sequence[_Block]) -> Any:
    """Return the state of a turn; if its places differ, a list of what they hold.

    Thinking without text comes in two blocks (``_without_text``).
    """
    sealed = {"thinking": "signature", "redacted_thinking": "data"}
    thought = [block for block in blocks if block["type"] in sealed]
    found = [unsealed(block[sealed[block["type"]]]) for block in thought]
    places = 2 if thought and not thought[0].get("thinking") else 1
    is_whole = len(found) == places and all(state == found[0] for state in found)
    return found[0] if is_whole else found or None


def _arguments(block: _Block) -> Mapping[str, Any]:
    if not isinstance(block["input"], dict):
        raise ValueError("tool_use.input: must be an object")
    return block["input"]


def _seen_result(block: _Block) -> SeenMessage:
    content = block.get("content") or ""
    parts: Sequence[_Block] = (
        [{"type": "text", "text": content}] if isinstance(content, str) else content
    )
    return SeenMessage(
        role="tool",
        text="".join(part["text"] for part in parts if part["type"] == "text"),
        images=[_url(part["source"]) for part in parts if part["type"] == "image"],
        parts=_parts(parts),
        answers=block["tool_use_id"],
    )


def _parts(blocks: Sequence[_Block]) -> list[SeenPart]:
    return [
        SeenPart("text", block["text"])
        if block["type"] == "text"
        else SeenPart("image", _url(block["source"]))
        for block in blocks
        if block["type"] in ("text", "image")
    ]


def _url(source: Mapping[str, Any]) -> str:
    if source["type"] == "url":
        return str(source["url"])
    return f"data:{source['media_type']};base64,{source['data']}"


def _seen_tool(tool: Mapping[str, Any]) -> dict[str, Any]:
    if tool["input_schema"].get("type") != "object":
        raise ValueError("tools.input_schema.type: must be object")
    function = {"name": tool["name"], "parameters": tool["input_schema"]}
    function |= {name: tool[name] for name in ("description", "strict") if name in tool}
    return {"type": "function", "function": function}
