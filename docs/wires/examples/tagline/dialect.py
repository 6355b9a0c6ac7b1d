"""The dialect of tagline: pure functions between the contract and bytes; see ``tagline.md``."""

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
    ModelInfo,
    ModelPage,
    ProviderError,
    ProviderRequestError,
    ProviderResponseError,
    StreamDecoder,
    UnsupportedCapabilityError,
    foreign_error,
    json_body,
)

from tagline.answers import TaglineDecoder, read_call, read_error, read_finish, read_usage
from tagline.lines import Line, read_lines, write_line

_SETTINGS = ("temperature", "max_tokens", "stop", "seed", "tool_choice")


class TaglineDialect(Dialect):
    """Requests, answers and errors of tagline."""

    content_type = "text/x-tagline"
    stream_type = "text/x-tagline-stream"
    forbidden_sampling = frozenset({"top_p"})

    def auth_headers(self, credential: str) -> Mapping[str, str]:
        """Return the credential in a header of its own."""
        return {"x-tagline-key": credential}

    def chat_request(self, call: ChatCall) -> HttpRequest:
        """Return ``POST /chat``: settings, tools, then the conversation, one line per item."""
        lines = [*_settings(call), *_tools(call)]
        for message in call.messages:
            lines += _turn(message)
        return HttpRequest("POST", "/chat", _encoded(lines))

    def parse_chat(self, call: ChatCall, reply: HttpReply) -> ChatResponse:
        """Decode an answer: lines about the text, a blank line, then the text itself."""
        head, _, text = reply.body.partition(b"\n\n")
        lines = _lines(head)
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
        """Return the error in a reply, whether it is in the protocol or not."""
        try:
            lines = read_lines(reply.body)
        except ValueError:
            lines = []
        errors = [read_error(line, reply.status) for line in lines if line.tag == "error"]
        return errors[0] if errors else foreign_error(reply)

    def models_request(self, cursor: str | None) -> HttpRequest:
        """Return ``GET /models``, from the cursor on."""
        query = f"?from={quote(cursor, safe='')}" if cursor else ""
        return HttpRequest("GET", f"/models{query}")

    def parse_models(self, reply: HttpReply) -> ModelPage:
        """Return the models of a page, which ends in ``more`` and a cursor, or in ``end``."""
        lines = _lines(reply.body)
        last = lines[-1] if lines else Line("", "")
        if last.tag not in ("more", "end"):
            raise ProviderResponseError("the model list is not whole, or not in the protocol")
        models = [ModelInfo(line.words(1)[0]) for line in lines if line.tag == "model"]
        return ModelPage(models, last.words(1)[0] if last.tag == "more" else None)


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


def _lines(data: bytes) -> list[Line]:
    """Return the lines in these bytes.

    Raises:
        ProviderResponseError: they are none.
        ProviderError: one of them reports an error.
    """
    try:
        lines = read_lines(data)
    except ValueError as error:
        problem = str(error)
    else:
        for line in lines:
            if line.tag == "error":
                raise read_error(line)
        return lines
    raise ProviderResponseError(f"the answer is not in the protocol: {problem}")
