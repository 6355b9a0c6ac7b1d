"""Decodes the items in the input of a request to the Responses API, as strictly as the service."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from provider_conformance.wires._answer import SeenMessage, SeenPart, seen_arguments
from provider_conformance.wires._state import unsealed

_Item = Mapping[str, Any]
_LONGEST_CALL_ID = 64
_ROLES = {"user": "user", "system": "system", "developer": "system", "assistant": "assistant"}
_INPUT_PARTS = ("input_text", "input_image", "input_file")
_OUTPUT_PARTS = ("output_text", "refusal")
_FIELDS = {
    "message": {"role", "content", "phase"},
    "function_call": {"call_id", "name", "arguments"},
    "function_call_output": {"call_id", "output"},
    "reasoning": {"summary", "content", "encrypted_content"},
}
_PART_FIELDS = {
    "input_text": {"text"},
    "input_image": {"image_url", "detail"},
    "output_text": {"text", "annotations", "logprobs"},
    "refusal": {"refusal"},
}


@dataclass
class _Turn:
    """What an assistant said in items that follow each other.

    ``states`` are those of its reasoning, ``messages`` are its messages.
    """

    messages: list[_Item] = field(default_factory=list)
    calls: list[_Item] = field(default_factory=list)
    states: list[Any] = field(default_factory=list)

    @property
    def is_open(self) -> bool:
        """Whether a further message belongs to it."""
        if not self.messages:
            return not self.calls
        return not self.calls and self.messages[-1].get("phase") == "commentary"


def seen_input(given: Any) -> list[SeenMessage]:
    """Return the messages in an input.

    Raises:
        ValueError: the service would reject it.
    """
    if isinstance(given, str):
        return [SeenMessage("user", given)]
    if not isinstance(given, list) or not given:
        raise ValueError("One of 'input', 'previous_response_id' or 'prompt' must be provided.")
    items = [_known_item(n, item) for n, item in enumerate(given)]
    _require_answers(items)
    _require_followers(items)
    return [*_messages(items)]


def _known_item(number: int, item: Any) -> _Item:
    """Return an item with its type."""
    place = f"input[{number}]"
    if not isinstance(item, dict):
        raise ValueError(f"Invalid type for '{place}': expected an object.")
    kind = item.get("type", "message" if "role" in item else "")
    if kind == "item_reference":
        raise _not_found(item)
    if kind not in _FIELDS:
        supported = ", ".join(map(repr, _FIELDS))
        raise ValueError(f"Invalid value: {kind!r}. Supported values are: {supported}. ({place})")
    _require_known(place, item, {"id", "type", "status", *_FIELDS[kind]})
    if kind == "reasoning":
        _require_readable(place, item)
    if kind in ("function_call", "function_call_output"):
        _require_call_id(place, item["call_id"])
    return {**item, "type": kind}


def _require_known(place: str, fields: _Item, known: Collection[str]) -> None:
    for name in fields:
        if name not in known:
            raise ValueError(f"Unknown parameter: '{place}.{name}'.")


def _require_readable(place: str, item: _Item) -> None:
    if not isinstance(item.get("summary"), list):
        raise ValueError(f"Missing required parameter: '{place}.summary'.")
    # Nothing is stored, so what came without its content cannot be looked up by its id.
    if not item.get("encrypted_content") and not item.get("content"):
        raise _not_found(item)


def _not_found(item: _Item) -> ValueError:
    return ValueError(
        f"Item with id {item.get('id')!r} not found. Items are not persisted when `store` is set"
        " to false. Try again with `store` set to true, or remove this item from your input."
    )


def _require_call_id(place: str, id: object) -> None:
    if not isinstance(id, str) or not id:
        raise ValueError(f"Invalid '{place}.call_id': expected a text that is not empty.")
    if len(id) > _LONGEST_CALL_ID:
        raise ValueError(
            f"Invalid '{place}.call_id': string too long. Expected a string with maximum length"
            f" {_LONGEST_CALL_ID}, but got a string with length {len(id)} instead."
        )


def _require_answers(items: Sequence[_Item]) -> None:
    """Fail unless each call has its output after it, and each output its call before it."""
    waiting: set[str] = set()
    for item in items:
        id = item.get("call_id")
        if item["type"] == "function_call":
            if id in waiting:
                raise ValueError(f"Duplicate function call with call_id {id}.")
            waiting.add(item["call_id"])
        elif item["type"] == "function_call_output":
            if id not in waiting:
                raise ValueError(f"No tool call found for function call output with call_id {id}.")
            waiting.remove(item["call_id"])
    if waiting:
        raise ValueError(f"No tool output found for function call {min(waiting)}.")


def _require_followers(items: Sequence[_Item]) -> None:
    """Fail unless reasoning is unchanged and has after it what it was followed by."""
    for n, item in enumerate(items):
        if item["type"] != "reasoning":
            continue
        after = items[n + 1] if n + 1 < len(items) else {}
        sealed = item.get("encrypted_content")
        expected = _opened(item)["before"] if sealed else after.get("type")
        is_answer = after.get("role", "assistant") == "assistant"
        if expected is None or after.get("type") != expected or not is_answer:
            raise ValueError(
                f"Item {item.get('id')!r} of type 'reasoning' was provided without its required"
                " following item."
            )


def _opened(item: _Item) -> Mapping[str, Any]:
    found = unsealed(item["encrypted_content"])
    if not isinstance(found, dict):
        raise ValueError(
            "The encrypted content could not be verified. Reason: Encrypted content could not be"
            " decrypted or parsed."
        )
    return found


def _messages(items: Sequence[_Item]) -> Iterator[SeenMessage]:
    turn: _Turn | None = None
    for item in items:
        kind = item["type"]
        if kind == "function_call_output" or item.get("role", "assistant") != "assistant":
            if turn:
                yield _seen_turn(turn)
            turn = None
            yield _seen_output(item) if kind == "function_call_output" else _seen_message(item)
            continue
        if turn is None or (kind != "function_call" and not turn.is_open):
            if turn:
                yield _seen_turn(turn)
            turn = _Turn()
        if kind == "message":
            turn.messages.append(item)
        elif kind == "function_call":
            turn.calls.append(item)
        elif item.get("encrypted_content"):
            turn.states.append(_opened(item)["state"])
    if turn:
        yield _seen_turn(turn)


def _seen_turn(turn: _Turn) -> SeenMessage:
    parts = [part for item in turn.messages for part in _parts(item["content"], _OUTPUT_PARTS)]
    return SeenMessage(
        role="assistant",
        text="".join(part.value for part in parts),
        parts=parts,
        calls=[
            (call["call_id"], call["name"], seen_arguments(call["arguments"]))
            for call in turn.calls
        ],
        state=_seen_state(turn),
    )


def _seen_state(turn: _Turn) -> Any:
    """Return the state of a turn; if its items are not as they came, a list of what they hold.

    Reasoning comes once more after a first message, and messages say their phase.
    """
    found = turn.states
    places = 2 if turn.messages and len(turn.messages) + len(turn.calls) > 1 else 1
    has_phases = all(message.get("phase") for message in turn.messages)
    is_whole = len(found) == places and all(state == found[0] for state in found) and has_phases
    return found[0] if is_whole else found or None


def _seen_message(item: _Item) -> SeenMessage:
    role = item["role"]
    if role not in _ROLES:
        raise ValueError(f"Invalid value: {role!r}. Supported values are: {', '.join(_ROLES)}.")
    return _seen(_ROLES[role], item["content"])


def _seen_output(item: _Item) -> SeenMessage:
    return _seen("tool", item["output"], answers=item["call_id"])


def _seen(role: str, content: Any, answers: str | None = None) -> SeenMessage:
    parts = _parts(content, _INPUT_PARTS)
    return SeenMessage(
        role=role,
        text="".join(part.value for part in parts if part.kind == "text"),
        images=[part.value for part in parts if part.kind == "image"],
        parts=parts,
        answers=answers,
    )


def _parts(content: Any, kinds: Sequence[str]) -> list[SeenPart]:
    if isinstance(content, str):
        return [SeenPart("text", content)]
    if not isinstance(content, list):
        raise ValueError("Invalid type for 'content': expected a text or a list of parts.")
    return [_part(part, kinds) for part in content]


def _part(part: _Item, kinds: Sequence[str]) -> SeenPart:
    kind = part["type"]
    if kind not in kinds:
        supported = ", ".join(map(repr, kinds))
        raise ValueError(f"Invalid value: {kind!r}. Supported values are: {supported}.")
    if kind not in _PART_FIELDS:
        raise ValueError(f"a part is neither text nor image, but {kind!r}")
    _require_known("content[]", part, {"type", *_PART_FIELDS[kind]})
    if kind == "input_image":
        if not isinstance(part["image_url"], str):
            raise ValueError("Invalid type for 'image_url': expected an image URL, got an object.")
        return SeenPart("image", part["image_url"], part.get("detail"))
    text = part["refusal" if kind == "refusal" else "text"]
    if not isinstance(text, str):
        raise ValueError(f"Invalid type for the text of {kind!r}: expected a string.")
    return SeenPart("text", text)
