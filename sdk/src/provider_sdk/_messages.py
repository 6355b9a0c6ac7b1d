"""Messages and tool calls: what goes in, and what is appended for the next turn."""

from __future__ import annotations

import json
from collections import defaultdict, deque
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypedDict, cast, get_args

from provider_sdk._errors import ProviderRequestError
from provider_sdk._json import json_object
from provider_sdk._validation import did_you_mean

Role = Literal["system", "user", "assistant", "tool"]
"""Whose turn a message is."""
_ROLES: tuple[str, ...] = get_args(Role)
_PLAIN_ROLES = frozenset({"system", "user"})
"""Those whose messages may be a text and nothing else."""


class TextPart(TypedDict):
    """A piece of text within a message."""

    type: Literal["text"]
    text: str


class ImageURL(TypedDict, total=False):
    """Where an image is: an ``https:`` address, or its bytes as a ``data:`` URL."""

    url: str
    detail: str


class ImagePart(TypedDict):
    """An image within a message."""

    type: Literal["image_url"]
    image_url: ImageURL


Part = TextPart | ImagePart
"""A piece of a message, in OpenAI's shape.

Text is ``{"type": "text", "text": "…"}``. An image is
``{"type": "image_url", "image_url": {"url": "…"}}``; its ``url`` is an ``https:`` address, or its
bytes as a ``data:`` URL.
"""


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call that the model asks the application to make.

    Attributes:
        id: answers refer to it by ``tool_call_id``.
        name: the function to call.
        arguments: the parsed object; ``{}`` if none were sent, ``None`` if
            ``arguments_text`` is not a JSON object (cut by a token limit, for example).
        arguments_text: the arguments exactly as the model wrote them.
    """

    id: str
    name: str
    arguments: dict[str, Any] | None = field(default_factory=dict)
    arguments_text: str = ""

    @classmethod
    def parse(cls, id: str, name: str, arguments_text: str) -> ToolCall:
        """Build a call from the text of its arguments."""
        return cls(id, name, json_object(arguments_text), arguments_text)

    def to_dict(self) -> dict[str, Any]:
        """Return the call in OpenAI's shape, arguments as text."""
        text = self.arguments_text or json.dumps(self.arguments or {})
        return {
            "id": self.id,
            "type": "function",
            "function": {"name": self.name, "arguments": text},
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> ToolCall:
        """Build a call from OpenAI's shape; arguments may be text or an object.

        Raises:
            ProviderRequestError: it has no name, or its arguments are not JSON.
            TypeError: it has an unknown key.
        """
        function = data.get("function")
        if not isinstance(function, Mapping) or not isinstance(function.get("name"), str):
            raise ProviderRequestError("a tool call needs function.name")
        _check_keys(" of a tool call", data, _CALL_KEYS)
        _check_keys(" of a tool call's function", function, _FUNCTION_KEYS)
        text = _arguments_text(function.get("arguments"))
        return cls.parse(_id_text(data.get("id")), function["name"], text)


# `index` is a position in a stream, and means nothing in a list.
_CALL_KEYS = frozenset({"id", "type", "function", "index", "extra_content"})
_FUNCTION_KEYS = frozenset({"name", "arguments"})


def _id_text(id: object) -> str:
    return "" if id is None else str(id)


def _arguments_text(arguments: object) -> str:
    if isinstance(arguments, str):
        return arguments
    try:
        return json.dumps(arguments or {}, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        problem = str(error)
    raise ProviderRequestError(f"the arguments of a tool call are not JSON: {problem}")


def _check_keys(what: str, data: Mapping[Any, object], known: Set[str]) -> None:
    """Refuse a key that would be dropped; one without a value is ignored.

    Client libraries dump every field that their objects have, most of them as ``None`` or empty.
    """
    for key, value in data.items():
        if key not in known and value is not None and value not in ("", [], {}):
            raise TypeError(f"unknown key {key!r}{what}{did_you_mean(str(key), known)}")


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation.

    Attributes:
        role: ``system``, ``user``, ``assistant`` or ``tool``.
        content: text, or text and image parts in OpenAI's shape.
        tool_calls: calls that this assistant turn made.
        tool_call_id: the call that this tool turn answers.
        provider_data: opaque state by provider name (signatures of reasoning, for example); the
            provider it belongs to sends it back, every other ignores it.
        own_state: fields of an assistant's turn that only some services use, as a dict had them
            (``reasoning_content``, ``reasoning_details``, ``extra_content`` of its calls). It
            becomes part of the ``provider_data`` of the provider that is called.
    """

    role: Role
    content: str | Sequence[Part] = ""
    tool_calls: Sequence[ToolCall] = ()
    tool_call_id: str | None = None
    provider_data: Mapping[str, Any] = field(default_factory=dict)
    own_state: Mapping[str, Any] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """All text of the message, without images."""
        if isinstance(self.content, str):
            return self.content
        return "".join(part["text"] for part in self.content if part["type"] == "text")

    @property
    def has_image(self) -> bool:
        """Whether any part is an image."""
        return not isinstance(self.content, str) and any(
            part["type"] == "image_url" for part in self.content
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the message in OpenAI's shape, plus ``provider_data`` if there is any."""
        content = self.content if isinstance(self.content, str) else [dict(p) for p in self.content]
        data: dict[str, Any] = {"role": self.role, "content": content}
        if self.tool_calls:
            data["tool_calls"] = [call.to_dict() for call in self.tool_calls]
        if self.tool_call_id is not None:
            data["tool_call_id"] = self.tool_call_id
        if self.provider_data:
            data["provider_data"] = dict(self.provider_data)
        return with_turn_state(data, self.own_state)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Message:
        """Build a message from OpenAI's shape.

        The text of a ``refusal`` becomes the content of a message without content.

        Raises:
            ProviderRequestError: the role is unknown, a part is neither text nor image, or a tool
                message does not say which call it answers.
            TypeError: there is a key that a message does not have, and it is not empty; the
                message names the nearest.
        """
        of_assistant = data.get("role") == "assistant"
        _check_keys("", data, _KEYS | _ASSISTANT_KEYS if of_assistant else _KEYS)
        fields = {name: data.get(name) for name in _KEYS}
        if of_assistant and not data.get("content"):
            fields["content"] = data.get("refusal")
        return _message_of(**fields, own_state=_own_state(data) if of_assistant else {})


_KEYS = frozenset({"role", "content", "tool_calls", "tool_call_id", "provider_data"})
_FIELDS = (*_KEYS, "own_state")
_OWN_FIELDS = (("reasoning_content", str, "text"), ("reasoning_details", list, "a list"))
_ASSISTANT_KEYS = frozenset({"reasoning_content", "reasoning_details", "refusal"})


def with_turn_state(data: dict[str, Any], state: Mapping[str, Any]) -> dict[str, Any]:
    """Return a message in OpenAI's shape with the state of its turn added.

    Args:
        data: the message; it is changed.
        state: further fields of it; under ``tool_calls`` the ``id`` and ``extra_content`` of calls.
    """
    data.update({name: value for name, value in state.items() if name != "tool_calls"})
    extras: defaultdict[str, deque[Any]] = defaultdict(deque)
    for extra in state.get("tool_calls", ()):
        extras[str(extra.get("id"))].append(extra.get("extra_content"))
    for call in data.get("tool_calls", ()):
        if found := extras.get(call["id"]):
            call["extra_content"] = found.popleft()
    return data


def _own_state(data: Mapping[str, Any]) -> dict[str, Any]:
    state: dict[str, Any] = {}
    for name, kind, form in _OWN_FIELDS:
        if (value := data.get(name)) is not None:
            if not isinstance(value, kind):
                raise ProviderRequestError(f"{name} must be {form}, not {type(value).__name__}")
            state[name] = value
    extras = [
        {"id": _id_text(call.get("id")), "extra_content": extra}
        for call in _required_list("tool_calls", data.get("tool_calls"))
        if isinstance(call, Mapping)
        and (extra := _required_dict("extra_content of a tool call", call.get("extra_content")))
    ]
    return {**state, "tool_calls": extras} if extras else state


def _message_of(
    role: Any,
    content: object,
    tool_calls: object,
    tool_call_id: object,
    provider_data: object,
    own_state: object,
) -> Message:
    if role not in _ROLES:
        raise ProviderRequestError(f"role {role!r} is unknown; use {', '.join(_ROLES)}")
    if not isinstance(tool_call_id, str | None):
        raise ProviderRequestError(f"tool_call_id must be text, not {type(tool_call_id).__name__}")
    if role == "tool" and not tool_call_id:
        raise ProviderRequestError("a tool message needs the tool_call_id that it answers")
    return Message(
        role=role,
        content=_content(content),
        tool_calls=tuple(map(_call, _required_list("tool_calls", tool_calls))),
        tool_call_id=tool_call_id,
        provider_data=_required_dict("provider_data", provider_data),
        own_state=_required_dict("own_state", own_state),
    )


def _call(call: object) -> ToolCall:
    if not isinstance(call, ToolCall):
        return ToolCall.from_dict(_required_dict("an item of tool_calls", call))
    if not all(isinstance(text, str) for text in (call.id, call.name, call.arguments_text)):
        raise ProviderRequestError("a tool call's id, name and arguments_text must be text")
    if not call.arguments_text:
        _arguments_text(_required_dict("the arguments of a tool call", call.arguments))
    return call


def _required_dict(name: str, value: object) -> Mapping[str, Any]:
    if value is None or isinstance(value, Mapping):
        return value or {}
    raise ProviderRequestError(f"{name} must be a dict, not {type(value).__name__}")


def _required_list(name: str, values: object) -> Sequence[object]:
    if isinstance(values, str | Mapping) or not isinstance(values, Sequence | None):
        raise ProviderRequestError(f"{name} must be a list, not {type(values).__name__}")
    return values or ()


def _content(content: object) -> str | tuple[Part, ...]:
    if content is None:
        return ""
    if isinstance(content, str):
        return content
    if not isinstance(content, Sequence):
        raise ProviderRequestError(
            f"content must be text or a list of parts, not {type(content).__name__}"
        )
    return tuple(_part(part) for part in content)


_TEXT_KEYS = frozenset({"type", "text"})
_IMAGE_KEYS = frozenset({"type", "image_url"})


def _part(part: object) -> Part:
    if isinstance(part, Mapping):
        if part.get("type") == "text" and isinstance(part.get("text"), str):
            _check_keys(" of a content part", part, _TEXT_KEYS)
            return {"type": "text", "text": part["text"]}
        if part.get("type") == "image_url":
            image = part.get("image_url")
            if isinstance(image, str):
                image = {"url": image}
            if isinstance(image, Mapping) and isinstance(image.get("url"), str):
                _check_keys(" of a content part", part, _IMAGE_KEYS)
                return {"type": "image_url", "image_url": cast("ImageURL", dict(image))}
        raise ProviderRequestError(
            f"part type {part.get('type')!r} is not usable; a part is "
            '{"type": "text", "text": …} or {"type": "image_url", "image_url": {"url": …}}'
        )
    raise ProviderRequestError(f"a content part must be a dict, not {type(part).__name__}")


Messages = Sequence[Message | Mapping[str, Any]]
"""What ``chat`` accepts: ``Message`` objects and OpenAI-shaped dicts, mixed as you like."""


def normalized(messages: Messages, provider: str = "") -> tuple[Message, ...]:
    """Return the conversation as ``Message`` objects; the argument is never changed.

    Args:
        messages: the conversation.
        provider: name of the provider that is called; the ``own_state`` of messages becomes its
            ``provider_data``.

    Raises:
        ProviderRequestError: the list is empty, or a message is malformed; it is named by position.
        TypeError: a message has an unknown key.
    """
    if type(messages) is _Checked:
        found: tuple[Message, ...] = messages
    else:
        found = _checked(messages)
    for message in found if provider else ():
        if message.own_state:
            return _Checked(_with_provider_data(each, provider) for each in found)
    return found


class _Checked(tuple[Message, ...]):
    """A conversation that was checked: a router's need not be again by the provider it asks."""

    __slots__ = ()


def _checked(messages: object) -> _Checked:
    if isinstance(messages, str | Mapping) or not isinstance(messages, Sequence):
        raise ProviderRequestError(
            f"messages must be a list of messages, not {type(messages).__name__}"
        )
    if not messages:
        raise ProviderRequestError("messages is empty; send at least one message")
    return _Checked(_message(position, message) for position, message in enumerate(messages))


def _with_provider_data(message: Message, provider: str) -> Message:
    if not message.own_state:
        return message
    state = message.provider_data.get(provider, [])
    items = [*(state if isinstance(state, list) else [state]), message.own_state]
    data = {**message.provider_data, provider: items}
    return replace(message, provider_data=data, own_state={})


def _message(position: int, message: object) -> Message:
    if not isinstance(message, Message | Mapping):
        raise ProviderRequestError(
            f"messages[{position}] must be a dict or a Message, not {type(message).__name__}"
        )
    if type(message) is dict and len(message) == 2:
        # Most are a role and a text, for which the checks of all else take four times longer.
        role, content = message.get("role"), message.get("content")
        if type(content) is str and type(role) is str and role in _PLAIN_ROLES:
            return Message(cast("Role", role), content)
    try:
        if isinstance(message, Mapping):
            return Message.from_dict(message)
        return _message_of(**{name: getattr(message, name) for name in _FIELDS})
    except ProviderRequestError as error:
        failure: Exception = ProviderRequestError(f"messages[{position}]: {error.message}")
    except TypeError as error:
        failure = TypeError(f"messages[{position}]: {error}")
    raise failure


def prompt_messages(prompt: str) -> tuple[Message]:
    """Return a conversation with this prompt as its only message.

    Raises:
        ProviderRequestError: it is not text, or blank.
    """
    if not isinstance(prompt, str):
        raise ProviderRequestError(f"the prompt must be text, not {type(prompt).__name__}")
    if not prompt.strip():
        raise ProviderRequestError("the prompt is empty; write what to ask")
    return (Message("user", prompt),)
