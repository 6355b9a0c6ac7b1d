"""The dialect of tagline, which ``tagline.md`` specifies: functions between calls and bytes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from provider_sdk import (
    ChatCall,
    ChatResponse,
    Dialect,
    HttpReply,
    HttpRequest,
    Message,
    ModelPage,
    ProviderError,
    ProviderRequestError,
    ProviderResponseError,
    StreamDecoder,
    UnsupportedCapabilityError,
    json_body,
)

from tagline._decoder import TaglineDecoder, read_call, read_finish, read_usage
from tagline._errors import decoded, read_error
from tagline._lines import Line, write_line
from tagline._models import read_models

_SETTINGS = ("temperature", "max_tokens", "stop", "seed", "tool_choice")


class TaglineDialect(Dialect):
    """Writes tagline requests and reads tagline replies."""

    content_type = "text/x-tagline"
    stream_type = "text/x-tagline-stream"
    forbidden_sampling = frozenset({"top_p"})

    def auth_headers(self, credential: str) -> Mapping[str, str]:
        """Return the credential in a header of its own."""
        return {"x-tagline-key": credential}

    def chat_request(self, call: ChatCall) -> HttpRequest:
        """Return ``POST /chat``: settings, tools, then the conversation, each on its own line."""
        lines = [*_settings(call), *_tools(call)]
        for message in call.messages:
            lines += _turn(message)
        return HttpRequest("POST", "/chat", _encoded(lines))

    def parse_chat(self, call: ChatCall, reply: HttpReply) -> ChatResponse:
        """Return the answer: lines about the text, a blank line, then the text itself."""
        head, _, text = reply.body.partition(b"\n\n")
        lines = decoded(head)
        said = {line.tag: line for line in lines}
        if "finish" not in said or said.get("bytes") != Line("bytes", str(len(text))):
            raise ProviderResponseError("the answer is not whole, or not in the protocol")
        calls = [read_call(line) for line in lines if line.tag == "call"]
        finish, word = read_finish(said["finish"])
        return ChatResponse(
            text=text.decode(errors="replace"),
            tool_calls=calls,
            finish_reason="tool_calls" if calls else finish,
            raw_finish_reason=word,
            usage=read_usage(said["usage"]) if "usage" in said else None,
            model=said["model"].words(1)[0] if "model" in said else call.model,
            raw=reply.body.decode(errors="replace"),
        )

    def stream_decoder(self, call: ChatCall) -> StreamDecoder:
        """Return a decoder of lines."""
        return TaglineDecoder()

    def parse_error(self, reply: HttpReply) -> ProviderError:
        """Return the error in a reply, whoever wrote it."""
        return read_error(reply)

    def models_request(self, cursor: str | None) -> HttpRequest:
        """Return ``GET /models``, starting at the cursor."""
        query = f"?from={quote(cursor, safe='')}" if cursor else ""
        return HttpRequest("GET", f"/models{query}")

    def parse_models(self, reply: HttpReply) -> ModelPage:
        """Return the models of a page."""
        return read_models(reply)


def _settings(call: ChatCall) -> Iterator[str]:
    options: Mapping[str, Any] = call.options
    if not isinstance(options.get("tool_choice", ""), str):
        raise UnsupportedCapabilityError("tagline cannot demand one tool by its name")
    settings = {"model": call.model, "stream": call.stream}
    settings |= {name: options[name] for name in _SETTINGS if name in options}
    settings |= options.get("extra_body", {})
    for name, value in settings.items():
        yield write_line("set", name, json_body(value).decode())


def _tools(call: ChatCall) -> Iterator[str]:
    for tool in call.options.get("tools") or ():
        yield write_line("tool", json_body(tool.get("function")).decode())


def _turn(message: Message) -> Iterator[str]:
    if message.role == "tool":
        yield write_line("result", message.tool_call_id or "", message.text)
        return
    yield write_line(message.role, message.text)
    for call in message.tool_calls:
        arguments = call.arguments_text or json_body(call.arguments or {}).decode()
        yield write_line("call", call.id, call.name, arguments)


def _encoded(lines: list[str]) -> bytes:
    try:
        return "".join(f"{line}\n" for line in lines).encode()
    except UnicodeEncodeError as error:
        problem = str(error)
    raise ProviderRequestError(f"the request cannot be written in UTF-8: {problem}")
