"""Reads the turns of a request, and demands the order that the service demands of them."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from provider_conformance.wires._answer import SeenMessage, SeenPart
from provider_conformance.wires._gemini_fields import fields, items, text
from provider_conformance.wires._state import unsealed

_Part = Mapping[str, Any]
_SeenCall = tuple[Any, str, Any]
_DATA = frozenset(
    {
        *("text", "inlineData", "fileData", "functionCall", "functionResponse"),
        *("executableCode", "codeExecutionResult", "toolCall", "toolResponse"),
    }
)
_PART = _DATA | {"thought", "thoughtSignature", "videoMetadata", "mediaResolution", "partMetadata"}
_RESPONSE = frozenset({"id", "name", "response", "parts", "willContinue", "scheduling"})
_RESULTS = ("output", "result")
# With one of these texts a caller says that a call came from elsewhere, and has no signature.
_UNSIGNED = ("skip_thought_signature_validator", "context_engineering_is_the_way_to_go")


def seen_messages(system: Any, contents: Any) -> list[SeenMessage]:
    """Return the messages of a request, the system instruction first.

    Raises:
        ValueError: the service would reject them.
    """
    found = [*_system_messages(system)]
    waiting: list[_SeenCall] = []
    before = "model"
    turns = items(contents, "contents")
    if not turns:
        raise ValueError("GenerateContentRequest.contents: contents is not specified")
    for number, content in enumerate(turns):
        place = f"contents[{number}]"
        role, parts = _content(content, place)
        results = [part["functionResponse"] for part in parts if "functionResponse" in part]
        if results and role != "user":
            raise ValueError(f"{place}: function responses are of role user, not {role}")
        _require_results(len(waiting), len(results))
        found += [_seen_result(result, waiting, place) for result in results]
        waiting = [_seen_call(part["functionCall"], place) for part in parts if _is_call(part)]
        if waiting and (role, before) != ("model", "user"):
            raise ValueError(
                "Please ensure that function call turn comes immediately after a user turn or "
                "after a function response turn."
            )
        if others := [part for part in parts if "functionResponse" not in part]:
            found.append(_seen_message(role, others, waiting))
        before = role
    _require_results(len(waiting), 0)
    return found


def _system_messages(system: Any) -> Iterator[SeenMessage]:
    if system is None:
        return
    for part in _content(system, "system_instruction", roles=("user", "model", "system"))[1]:
        if "text" not in part:
            raise ValueError("system_instruction: only text is supported")
        yield SeenMessage("system", part["text"])


def _content(
    content: Any, place: str, roles: Sequence[str] = ("user", "model")
) -> tuple[str, list[dict[str, Any]]]:
    known = fields(content, place, ("role", "parts"))
    role = known.get("role", "user")
    if role not in roles:
        raise ValueError(f"Please use a valid role: user, model. ({place} has {role!r})")
    parts = items(known.get("parts"), f"{place}.parts")
    if not parts:
        raise ValueError(f"{place}.parts: contents.parts must not be empty.")
    return role, [_known_part(part, f"{place}.parts[{n}]") for n, part in enumerate(parts)]


def _known_part(part: Any, place: str) -> dict[str, Any]:
    known = fields(part, place, _PART)
    data = sorted(known.keys() & _DATA)
    if not data:
        raise ValueError(
            f"{place}.data: required oneof field 'data' must have one initialized field"
        )
    if len(data) > 1:
        raise ValueError(f"Invalid value at '{place}': oneof field 'data' is already set ({data})")
    if "text" in known:
        text(known["text"], f"{place}.text")
    return known


def _require_results(wanted: int, found: int) -> None:
    if found and not wanted:
        raise ValueError(
            "Please ensure that function response turn comes immediately after a function call "
            "turn."
        )
    if found != wanted:
        raise ValueError(
            "Please ensure that the number of function response parts is equal to the number of "
            "function call parts of the function call turn."
        )


def _is_call(part: _Part) -> bool:
    return "functionCall" in part


def _seen_call(call: Any, place: str) -> _SeenCall:
    known = fields(call, f"{place}.function_call", ("id", "name", "args"))
    name = text(known.get("name"), f"{place}.function_call.name")
    arguments = known.get("args", {})
    if not name or not isinstance(arguments, dict):
        raise ValueError(f"{place}.function_call: name and an object of args are required")
    return known.get("id"), name, arguments


def _seen_result(result: Any, waiting: list[_SeenCall], place: str) -> SeenMessage:
    place = f"{place}.function_response"
    known = fields(result, place, _RESPONSE)
    if not text(known.get("name"), f"{place}.name"):
        raise ValueError(f"{place}.name: Name cannot be empty.")
    if not isinstance(known.get("response"), dict):
        raise ValueError(f"Invalid value at '{place}.response': an object is required")
    shown = [_known_part(part, place) for part in items(known.get("parts"), f"{place}.parts")]
    call = _answered(known, waiting)
    if call is None:
        raise ValueError(
            f"{place}: answers {known.get('id') or known['name']}, which was not called"
        )
    waiting.remove(call)
    said, parts = _result_text(known["response"]), _seen_parts(shown)
    return SeenMessage(
        "tool",
        said,
        images=[part.value for part in parts],
        answers=call[0],
        parts=[SeenPart("text", said), *parts] if parts else (),
    )


def _answered(result: Mapping[str, Any], waiting: Sequence[_SeenCall]) -> _SeenCall | None:
    """Return the call of a result: the one of its id, else the first one of its name."""
    id = result.get("id")
    calls = [call for call in waiting if call[1] == result["name"]]
    return next((call for call in calls if id is None or call[0] == id), None)


def _result_text(response: Mapping[str, Any]) -> str:
    """Return the text of a result, or what it says in JSON if it is not in the usual place."""
    if len(response) == 1:
        ((name, said),) = response.items()
        if name in _RESULTS and isinstance(said, str):
            return said
    return json.dumps(response, ensure_ascii=False)


def _seen_message(role: str, parts: Sequence[_Part], calls: Sequence[_SeenCall]) -> SeenMessage:
    seen = _seen_parts([part for part in parts if not part.get("thought")])
    return SeenMessage(
        role="assistant" if role == "model" else role,
        text="".join(part.value for part in seen if part.kind == "text"),
        images=[part.value for part in seen if part.kind == "image"],
        calls=list(calls),
        parts=seen,
        state=_seen_state(parts),
    )


def _seen_state(parts: Sequence[_Part]) -> Any:
    """Return the state of a turn; if it has several, a list of them.

    Raises:
        ValueError: a signature stands elsewhere than where the service put it.
    """
    signed = [p for p in parts if p.get("thoughtSignature", _UNSIGNED[0]) not in _UNSIGNED]
    called = [part for part in parts if _is_call(part)]
    if signed and called and not (len(signed) == 1 and signed[0] is called[0]):
        raise ValueError("Thought signature is not valid: it belongs to the first function call.")
    states = [unsealed(part["thoughtSignature"]) for part in signed]
    return states[0] if len(states) == 1 else states or None


def _seen_parts(parts: Sequence[_Part]) -> list[SeenPart]:
    found = []
    for part in parts:
        if "text" in part:
            found.append(SeenPart("text", part["text"]))
        elif "inlineData" in part or "fileData" in part:
            found.append(SeenPart("image", _url(part)))
    return found


def _url(part: _Part) -> str:
    if "fileData" in part:
        file = fields(part["fileData"], "file_data", ("fileUri", "mimeType", "displayName"))
        return text(file.get("fileUri"), "file_data.file_uri")
    inline = fields(part["inlineData"], "inline_data", ("mimeType", "data", "displayName"))
    kind = text(inline.get("mimeType"), "inline_data.mime_type")
    data = text(inline.get("data"), "inline_data.data")
    b64decode(data, validate=True)
    return f"data:{kind};base64,{data}"
