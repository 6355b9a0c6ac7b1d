"""Writes a conversation as the Messages API wants it.

System messages leave the conversation. All results of one turn's calls stand in one user's turn,
before everything else that the user says. Blank turns, which the service rejects, are left out.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections import defaultdict, deque
from collections.abc import Sequence
from typing import Any
from urllib.parse import unquote_to_bytes

from provider_sdk import ChatCall, Message, Part, ToolCall, UnsupportedCapabilityError
from provider_sdk.turn_state import says

from provider_anthropic._state import blocks_of, text_blocks, with_state

_ID = re.compile(r"[a-zA-Z0-9_-]+")
_NOT_OF_AN_ID = re.compile(r"[^a-zA-Z0-9_-]")
_DATA_URL = re.compile(r"data:([^;,]*)((?:;[^;,]*)*),", re.IGNORECASE)
_LONGEST_HEAD = 200
_MEDIA_TYPES = {"image/jpg": "image/jpeg", "": "image/png"}
INVALID_JSON = "INVALID_JSON"
"""The name under which arguments that are not a JSON object are sent back.

Source: https://docs.anthropic.com/en/docs/agents-and-tools/tool-use/fine-grained-tool-streaming
"""


def system_blocks(call: ChatCall) -> list[dict[str, Any]]:
    """Return the system messages, wherever they stand, as text blocks.

    Raises:
        UnsupportedCapabilityError: one holds an image.
    """
    blocks: list[dict[str, Any]] = []
    for message in call.messages:
        if message.role == "system":
            _require_text(message, "a system message")
            blocks += text_blocks(message.text)
    return blocks


def turns(call: ChatCall) -> list[dict[str, Any]]:
    """Return the turns of user and assistant.

    Raises:
        UnsupportedCapabilityError: an assistant's turn holds an image.
    """
    found: list[dict[str, Any]] = []
    ids = _CallIds()
    after_assistant = 0
    results: list[dict[str, Any]] = []
    for message in call.messages:
        if message.role == "assistant":
            if content := _assistant_content(message, call, ids):
                found.append({"role": "assistant", "content": content})
                after_assistant, results = len(found), []
        elif message.role == "tool":
            if not results:
                found.insert(after_assistant, {"role": "user", "content": results})
            results.append(_result(message, call, ids))
        elif message.role == "user" and (message.has_image or message.text.strip()):
            found.append({"role": "user", "content": _content(message)})
    _strip_last(found)
    return found


class _CallIds:
    """Ids of tool calls, as the service wants them: unique, and without unusual characters.

    Conversations that other services began have ids such as ``functions.look:0``, or the same id
    in each turn.
    """

    def __init__(self) -> None:
        self._used: dict[str, int] = {}
        self._open: dict[str, deque[str]] = defaultdict(deque)

    def begin_turn(self) -> None:
        self._open.clear()

    def of_call(self, id: str) -> str:
        allowed = unique = _allowed(id)
        while unique in self._used:
            self._used[allowed] += 1
            unique = f"{allowed}_{self._used[allowed]}"
        self._used[unique] = 1
        self._open[id].append(unique)
        return unique

    def of_result(self, id: str) -> str:
        open = self._open.get(id)
        if not open:
            return _allowed(id)
        return open.popleft() if len(open) > 1 else open[0]


def _allowed(id: str) -> str:
    if _ID.fullmatch(id):
        return id
    digest = hashlib.sha256(id.encode("utf-8", errors="replace")).hexdigest()[:8]
    return f"{_NOT_OF_AN_ID.sub('_', id)}_{digest}"


def _assistant_content(message: Message, call: ChatCall, ids: _CallIds) -> list[dict[str, Any]]:
    _require_text(message, "an assistant's message")
    ids.begin_turn()
    calls = [_tool_use(each, ids) for each in message.tool_calls]
    return with_state(blocks_of(message, call.provider, call.model), message.text, calls)


def _tool_use(call: ToolCall, ids: _CallIds) -> dict[str, Any]:
    if call.arguments_text:
        arguments = ToolCall.parse(call.id, call.name, call.arguments_text).arguments
    else:
        arguments = dict(call.arguments or {})
    if arguments is None:
        arguments = {INVALID_JSON: call.arguments_text}
    return {"type": "tool_use", "id": ids.of_call(call.id), "name": call.name, "input": arguments}


def _result(message: Message, call: ChatCall, ids: _CallIds) -> dict[str, Any]:
    result: dict[str, Any] = {
        "type": "tool_result",
        "tool_use_id": ids.of_result(message.tool_call_id or ""),
        "content": _content(message),
    }
    if says(message, call.provider, "is_error"):
        result["is_error"] = True
    return result


def _content(message: Message) -> str | list[dict[str, Any]]:
    if not message.has_image:
        return message.text
    blocks: list[dict[str, Any]] = []
    for part in message.content if not isinstance(message.content, str) else ():
        blocks += _blocks(part)
    return blocks


def _blocks(part: Part) -> list[dict[str, Any]]:
    if part["type"] == "image_url":
        return [{"type": "image", "source": _source(part["image_url"]["url"])}]
    return text_blocks(part["text"])


def _source(url: str) -> dict[str, str]:
    head = _DATA_URL.match(url[:_LONGEST_HEAD])
    if head is None:
        return {"type": "url", "url": url}
    kind, data = head[1].lower(), url[head.end() :]
    if ";base64" not in head[2].lower():
        data = base64.b64encode(unquote_to_bytes(data)).decode()
    return {"type": "base64", "media_type": _MEDIA_TYPES.get(kind, kind), "data": data}


def _require_text(message: Message, what: str) -> None:
    if message.has_image:
        raise UnsupportedCapabilityError(
            f"the Messages API has no images in {what}; nothing was sent",
            hint="Put the image into a user's message.",
        )


def _strip_last(found: Sequence[dict[str, Any]]) -> None:
    """Strip white space at the end of an answer that the model is to continue, as it must be."""
    if not found or found[-1]["role"] != "assistant":
        return
    content = found[-1]["content"]
    if content[-1]["type"] == "text":
        content[-1] = {**content[-1], "text": content[-1]["text"].rstrip()}
