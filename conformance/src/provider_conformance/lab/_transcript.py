"""The exchanges of a check as text: numbered, redacted, with the byte offset of every write."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from provider_conformance.lab._lab import Lab
from provider_conformance.wires._script import (
    Close,
    Endless,
    Exchange,
    Pause,
    Reply,
    Reset,
    Step,
)

_MAX_CHARS = 400
_MAX_WRITES = 12
_MAX_EXCHANGES = 6
_INSTEAD_OF_HEAD = {
    "refuse": "(connection refused)",
    "reset": "(connection reset)",
    "close": "(connection closed)",
    "cut": "(half a head, then connection reset)",
    "stall": "(half a head, then nothing)",
    "hang": "(nothing, connection left open)",
    "junk": "(bytes that are not HTTP)",
}
_SHOWN_HEADERS = ("content-type", "accept")


def transcript(lab: Lab) -> str:
    """Return the last exchanges of a check, without credentials and without the port."""
    exchanges = lab.service.exchanges
    lines: list[str] = []
    if left_out := len(exchanges) - _MAX_EXCHANGES:
        lines += [f"({left_out} earlier exchanges)"] if left_out > 0 else []
    for exchange in exchanges[-_MAX_EXCHANGES:]:
        lines += _request_lines(exchange, lab.secrets)
        lines += _reply_lines(exchange)
    text = "\n".join(lines) or "(no request was sent)"
    return lab.redacted(text).replace(lab.driver.address, "{service}")


def _request_lines(exchange: Exchange, secrets: Collection[str]) -> Iterator[str]:
    request = exchange.request
    target = f"{request.path}?{request.query}" if request.query else request.path
    yield f"{exchange.number} → {request.method} {target}"
    for name, value in sorted(request.headers.items()):
        # Any header may be the one that carries the credential; it is shown, redacted.
        if name in _SHOWN_HEADERS or any(secret in value for secret in secrets):
            yield f"    {name}: {value}"
    if request.body:
        yield f"    {_clip(request.body)}"


def _reply_lines(exchange: Exchange) -> Iterator[str]:
    reply = exchange.reply
    yield f"{exchange.number} ← {_status_line(reply)}"
    offset = 0
    for position, step in enumerate(reply.steps):
        if position == _MAX_WRITES:
            yield f"    … {len(reply.steps) - position} more writes"
            break
        yield f"    {_step_line(step, offset)}"
        offset += len(step) if isinstance(step, bytes) else 0


def _status_line(reply: Reply) -> str:
    if reply.head != "send":
        return _INSTEAD_OF_HEAD[reply.head]
    kind = reply.headers.get("content-type", "no content type")
    waiting = f" after {reply.delay:g} s" if reply.delay else ""
    return f"{reply.status} {kind}{waiting}"


def _step_line(step: Step, offset: int) -> str:
    if isinstance(step, bytes):
        return f"[{offset}:{offset + len(step)}] {_clip(step)}"
    if isinstance(step, Endless):
        return f"(for ever, every {step.every:g} s) {_clip(step.data)}"
    if isinstance(step, Pause):
        return f"(silence for {step.seconds:g} s)"
    return {Reset: "(connection reset)", Close: "(connection closed)"}.get(
        type(step), "(silence for ever)"
    )


def _clip(data: bytes) -> str:
    text = data.decode("utf-8", errors="backslashreplace")
    text = text.replace("\r", "\\r").replace("\n", "\\n")
    return text if len(text) <= _MAX_CHARS else f"{text[:_MAX_CHARS]}… ({len(data)} bytes)"
