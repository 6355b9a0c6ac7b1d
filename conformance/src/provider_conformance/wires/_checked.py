"""Calls a wire and names what is wrong with it, so that its faults are not the provider's."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, cast, get_args

from provider_conformance._text import clip, repr_of, text_of
from provider_conformance.lab._exceptions import KIT, place_outside
from provider_conformance.wires._answer import Frame, FrameKind, SeenChat, SeenMessage
from provider_conformance.wires._base import Route, Wire
from provider_conformance.wires._framing import Framing
from provider_conformance.wires._script import Close, Endless, Hang, Pause, Reply, Reset

UNREADABLE = (ValueError, LookupError, TypeError, AttributeError, RecursionError)
"""Exceptions of a wire that reads an invalid request: the provider's fault, not the wire's."""

FOREIGN = (Exception, GeneratorExit, SystemExit)
"""What a wire's code may raise; not the watchdog's exception, nor an interrupt by the user."""

_LONGEST_VALUE = 200
_STEPS = (bytes, Pause, Reset, Close, Hang, Endless)
_ROUTES = get_args(Route)
_KINDS = get_args(FrameKind)


class WireFaultError(Exception):
    """The code of a wire is at fault; the message says what it did, and where.

    Attributes:
        did: what it did, in a few words that quote nothing.
    """

    def __init__(self, message: str, did: str) -> None:
        super().__init__(message)
        self.did = did


def checked(wire: Wire) -> Wire:
    """Return the wire, with each of its methods raising ``WireFaultError`` for a fault of its own.

    That is an exception, or a result that the guide to wires does not allow. ``read_chat`` may also
    raise what says that a request is not valid.
    """
    return cast("Wire", _Checked(wire))


class _Checked:
    """Passes everything on; not a subclass of ``Wire``, which would answer by its defaults."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._wire, name)
        if name.startswith("_") or not inspect.isroutine(value):
            return value
        return partial(_call, self._wire, name, value)


def _call(wire: Wire, name: str, method: Callable[..., Any], *args: Any, **keywords: Any) -> Any:
    result: Any = None
    fault: WireFaultError | None = None
    demand: Callable[[Any], str] = _DEMANDS.get(name, _anything)
    try:
        result = method(*args, **keywords)
    except FOREIGN as error:
        if name == "read_chat" and isinstance(error, UNREADABLE):
            raise
        fault = _raised(wire, name, error)
    if fault is None and (problem := demand(result)):
        fault = _returned(wire, name, method, problem)
    if fault is not None:
        raise fault
    return result


def _raised(wire: Wire, name: str, error: BaseException) -> WireFaultError:
    kind, text = type(error).__name__, clip(text_of(error))
    place = place_outside(error, KIT)
    return WireFaultError(
        f"{_whose(wire)} raised {kind} in {name} ({place}): {text}", f"raised {kind}"
    )


def _returned(wire: Wire, name: str, method: Callable[..., Any], problem: str) -> WireFaultError:
    code = getattr(inspect.unwrap(method), "__code__", None)
    place = f" ({Path(code.co_filename).name}:{code.co_firstlineno})" if code else ""
    return WireFaultError(f"{_whose(wire)} is wrong in {name}{place}: {problem}", "is wrong")


def _whose(wire: Wire) -> str:
    kind = type(wire)
    is_kits = kind.__module__.partition(".")[0] == "provider_conformance"
    return f"the kit's {kind.__name__}" if is_kits else "your wire"


# What each method must return. Each of these returns what is wrong, or "".


def _anything(result: Any) -> str:
    return ""


def _not(wanted: str, value: object) -> str:
    return f"it must return {wanted}, not {clip(repr_of(value), _LONGEST_VALUE)}"


def _route(result: Any) -> str:
    if isinstance(result, str) and result in _ROUTES:
        return ""
    return _not(f"one of {', '.join(_ROUTES)}", result)


def _credential(result: Any) -> str:
    return "" if result is None or isinstance(result, str) else _not("text or None", result)


def _reply(result: Any) -> str:
    if not isinstance(result, Reply):
        return _not("a Reply", result)
    steps: Sequence[Any] = result.steps
    odd = [step for step in steps if not isinstance(step, _STEPS)]
    return _not("a Reply whose steps are bytes", odd[0]) if odd else ""


def _chat(result: Any) -> str:
    if not isinstance(result, SeenChat):
        return _not("a SeenChat", result)
    wrong = [name for name, kind in _CHAT.items() if not isinstance(getattr(result, name), kind)]
    if wrong:
        return f"SeenChat.{wrong[0]} is {clip(repr_of(getattr(result, wrong[0])), _LONGEST_VALUE)}"
    odd = [message for message in result.messages if not _is_message(message)]
    return _not("a SeenMessage with role and text for each message", odd[0]) if odd else ""


_CHAT: Mapping[str, Any] = {
    "model": str,
    "messages": (list, tuple),
    "options": Mapping,
    "stream": bool,
    "body": Mapping,
}


def _is_message(message: Any) -> bool:
    if not isinstance(message, SeenMessage):
        return False
    texts: Sequence[Any] = (message.role, message.text)
    return all(isinstance(text, str) for text in texts)


def _frame(result: Any) -> str:
    if not isinstance(result, Frame):
        return _not("a Frame", result)
    if result.kind not in _KINDS:
        return f"a frame has the kind {clip(repr_of(result.kind), _LONGEST_VALUE)}, which is none"
    data: Any = result.data
    return "" if isinstance(data, bytes) else _not("a Frame of bytes", data)


def _frame_list(result: Any) -> str:
    if not isinstance(result, Sequence) or isinstance(result, str | bytes):
        return _not("a list of frames", result)
    return next(filter(None, map(_frame, result)), "")


def _stream(result: Any) -> str:
    if problem := _frame_list(result):
        return problem
    kinds = [frame.kind for frame in result]
    if not {"finish", "end"} & set(kinds):
        return "no frame has the kind finish or end, so a check cannot cut the stream before it"
    if "end" in kinds[:-1]:
        return "a frame stands after one of the kind end"
    return ""


def _end_frame(result: Any) -> str:
    if problem := _frame(result):
        return problem
    return "" if result.kind == "end" else f"the frame's kind must be end, not {result.kind}"


def _framing(result: Any) -> str:
    if not isinstance(result, Framing):
        return _not("a Framing", result)
    events: Any = result.events
    if isinstance(events, list | tuple) and all(map(_is_bytes, events)):
        return ""
    return _not("Framings whose events are bytes", events)


def _is_bytes(value: Any) -> bool:
    return isinstance(value, bytes)


def _framings(result: Any) -> str:
    if not isinstance(result, Sequence) or isinstance(result, str | bytes):
        return _not("a list of Framings", result)
    return next(filter(None, map(_framing, result)), "")


_DEMANDS: Mapping[str, Callable[[Any], str]] = {
    "route": _route,
    "credential_of": _credential,
    "read_chat": _chat,
    "whole": _reply,
    "failure": _reply,
    "models": _reply,
    "described": _reply,
    "endless_models": _reply,
    "account": _reply,
    "stream": _reply,
    "frames": _stream,
    "failure_frame": _end_frame,
    "noise": _frame_list,
    "framings": _framings,
}
