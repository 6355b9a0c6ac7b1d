"""Writes a conversation as generateContent wants it.

System messages leave the conversation. All results of one turn's calls stand in one user's turn,
before everything else that the user says, and in the order of the calls: by that order the service
tells them apart, unless it gave the calls ids. Empty texts, which it rejects, are left out.
"""

from __future__ import annotations

import base64
import re
from collections import defaultdict, deque
from collections.abc import Sequence
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

from provider_sdk import ChatCall, Message, Part, ToolCall, UnsupportedCapabilityError
from provider_sdk.turn_state import says

from provider_gemini._models import facts_of
from provider_gemini._state import (
    UNSIGNED,
    own_signature,
    parts_of,
    text_parts,
    with_state,
    without_unsent_ids,
)

_DATA_URL = re.compile(r"data:([^;,]*)((?:;[^;,]*)*),", re.IGNORECASE)
_LONGEST_HEAD = 200
_BY_ENDING = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "webp": "image/webp",
    "gif": "image/gif",
    "heic": "image/heic",
    "heif": "image/heif",
}
_MEDIA_TYPES = {"image/jpg": "image/jpeg", "": "image/png"}
INVALID_JSON = "INVALID_JSON"
"""The name under which arguments that are not a JSON object are sent back."""


def system_parts(call: ChatCall) -> list[dict[str, Any]]:
    """Return the system messages, wherever they stand, as parts of text.

    Raises:
        UnsupportedCapabilityError: one holds an image.
    """
    parts: list[dict[str, Any]] = []
    for message in call.messages:
        if message.role == "system":
            if message.has_image:
                raise UnsupportedCapabilityError(
                    "Gemini has no images in a system message; nothing was sent",
                    hint="Put the image into a user's message.",
                )
            parts += text_parts(message.text)
    return parts


def contents(call: ChatCall) -> list[dict[str, Any]]:
    """Return the turns of user and model."""
    found: list[dict[str, Any]] = []
    results = _Results(call, found)
    for message in call.messages:
        if message.role == "assistant":
            results.place()
            if parts := _model_parts(message, call, results):
                _append(found, parts)
                results.follow()
        elif message.role == "tool":
            results.add(message)
        elif message.role == "user" and (parts := _parts(message)):
            found.append({"role": "user", "parts": parts})
    results.place()
    return found


def _append(found: list[dict[str, Any]], parts: list[dict[str, Any]]) -> None:
    """Append what the model said: its calls must not follow another turn of its own."""
    if found and found[-1]["role"] == "model":
        found[-1]["parts"] += parts
    else:
        found.append({"role": "model", "parts": parts})


class _Results:
    """The results of one turn's calls, which become a turn of their own.

    Args:
        call: the call that is written.
        found: the turns so far.
    """

    def __init__(self, call: ChatCall, found: list[dict[str, Any]]) -> None:
        self._call = call
        self._found = found
        self._after = self._expected = 0
        self._calls: dict[str, deque[tuple[int, str, str]]] = defaultdict(deque)
        self._results: list[tuple[int, dict[str, Any], list[dict[str, Any]]]] = []

    def expect(self, calls: Sequence[ToolCall], ids: Sequence[str]) -> None:
        """Take the calls of a turn, or more of it, and the ids that are sent with them."""
        if not self._found or self._found[-1]["role"] != "model":
            self._calls.clear()
            self._expected = 0
        for place, (call, wire_id) in enumerate(zip(calls, ids, strict=True), self._expected):
            self._calls[call.id].append((place, call.name, wire_id))
        self._expected += len(calls)

    def follow(self) -> None:
        """Note that results belong after the turns so far."""
        self._after = len(self._found)

    def add(self, message: Message) -> None:
        """Take the message with a result."""
        id = message.tool_call_id or ""
        known = self._calls.get(id) or deque([(len(self._results), id, id)])
        place, name, wire_id = known.popleft() if len(known) > 1 else known[0]
        response = _named(name, wire_id)
        failed = says(message, self._call.provider, "is_error")
        # As text: the service reads "$ref" in an object, for one, as a reference of its own.
        response["response"] = {"error" if failed else "output": message.text}
        images = [part for part in _parts(message) if "text" not in part]
        if images and facts_of(self._call.model).images_in_results:
            response["parts"], images = images, []
        self._results.append((place, {"functionResponse": response}, images))

    def place(self) -> None:
        """Put the results so far into their place."""
        if not self._results:
            return
        ordered = sorted(self._results, key=lambda result: result[0])
        turns = [{"role": "user", "parts": [response for _, response, _ in ordered]}]
        # Older models demand as many parts as there are calls, so images follow in a turn.
        if images := [image for _, _, found in ordered for image in found]:
            turns.append({"role": "user", "parts": images})
        self._found[self._after : self._after] = turns
        self._results.clear()


def _model_parts(message: Message, call: ChatCall, results: _Results) -> list[dict[str, Any]]:
    state = parts_of(message, call.provider, call.model)
    omits_ids = call.learned.get("omits_ids")
    made_ids = ["" if omits_ids else each.id for each in message.tool_calls]
    ids = without_unsent_ids(state, made_ids)
    results.expect(message.tool_calls, ids)
    made = [_function_call(each, id) for each, id in zip(message.tool_calls, ids, strict=True)]
    if made and (signature := own_signature(message, call.provider)):
        made[0]["thoughtSignature"] = signature
    if message.has_image:
        return [*_parts(message), *made]
    parts = with_state(state, message.text, made)
    if call.learned.get("signs_calls"):
        _sign_first(parts)
    return parts


def _sign_first(parts: list[dict[str, Any]]) -> None:
    """Sign the first of a turn's calls, unless one is signed, with the word for no signature."""
    calls = [part for part in parts if "functionCall" in part]
    if calls and not any(part.get("thoughtSignature") for part in calls):
        calls[0]["thoughtSignature"] = UNSIGNED


def _function_call(call: ToolCall, id: str) -> dict[str, Any]:
    if call.arguments_text:
        arguments = ToolCall.parse(call.id, call.name, call.arguments_text).arguments
    else:
        arguments = dict(call.arguments or {})
    if arguments is None:
        arguments = {INVALID_JSON: call.arguments_text}
    return {"functionCall": {**_named(call.name, id), "args": arguments}}


def _named(name: str, id: str) -> dict[str, Any]:
    return {"id": id, "name": name} if id else {"name": name}


def _parts(message: Message) -> list[dict[str, Any]]:
    if isinstance(message.content, str):
        return text_parts(message.content)
    return [found for part in message.content for found in _part(part)]


def _part(part: Part) -> list[dict[str, Any]]:
    if part["type"] == "image_url":
        return [_image(part["image_url"]["url"])]
    return text_parts(part["text"])


def _image(url: str) -> dict[str, Any]:
    head = _DATA_URL.match(url[:_LONGEST_HEAD])
    if head is None:
        kind = _BY_ENDING.get(urlsplit(url).path.rpartition(".")[2].lower())
        return {"fileData": {**({"mimeType": kind} if kind else {}), "fileUri": url}}
    kind, data = head[1].lower(), url[head.end() :]
    if ";base64" not in head[2].lower():
        data = base64.b64encode(unquote_to_bytes(data)).decode()
    return {"inlineData": {"mimeType": _MEDIA_TYPES.get(kind, kind), "data": data}}
