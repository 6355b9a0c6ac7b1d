"""Ctrl-C and signals that end the command: at any moment, with an exit code and no traceback.

Python's own handler raises ``KeyboardInterrupt`` wherever the program is, also within imports and
destructors, where it becomes a traceback or is lost. This one ends the process at once, except
within ``Cancelling``: there it stops what is running, so that connections are closed, and what has
arrived of an answer is kept. SIGTERM and SIGHUP, which a closed terminal sends, do the same.
"""

from __future__ import annotations

# Not `signal`, which imports enum: Ctrl-C is handled before anything else is imported. The types of
# the standard library do not know this module.
import _signal  # type: ignore[import-not-found]
import os
import sys

TYPE_CHECKING = False  # `typing` would take time too
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, NoReturn

INTERRUPTED = 130
TERMINATED = 143
HUNG_UP = 129

_CODES = {
    getattr(_signal, name): code  # Windows has no SIGHUP
    for name, code in (("SIGTERM", TERMINATED), ("SIGHUP", HUNG_UP))
    if hasattr(_signal, name)
}

ERROR = (
    '"error": {"type": "Interrupted", "message": "interrupted", "hint": null, "provider": null, '
    '"status": null, "request_id": null}}\n'
)

last_acts: list[Callable[[], object]] = []
"""What is called before a signal ends the process at once."""

_scopes: list[Cancelling] = []
_code = INTERRUPTED
_is_ending = False
_pressed = False
_answer = 0
_writing = 0
_reported = False


def install() -> None:
    """Handle Ctrl-C, SIGTERM and SIGHUP, unless the parent process asked to ignore them."""
    if _signal.getsignal(_signal.SIGINT) is _signal.default_int_handler:
        _signal.signal(_signal.SIGINT, _handle)
    for number in _CODES:
        if _signal.getsignal(number) == _signal.SIG_DFL:
            _signal.signal(number, _end)


class Cancelling:
    """Within it, Ctrl-C calls ``cancel``; the innermost counts.

    A signal that ends the command calls the ``cancel`` of the outermost, and a second one ends the
    process at once.

    What waits for the reader of a pipe cannot be cancelled. So while ``Writing``,
    ``KeyboardInterrupt`` is raised instead of the call, unless there is an ``error``.

    Args:
        cancel: is called by a signal handler, so at any moment.
        presses: how often it is called; after that, Ctrl-C ends the process. ``None`` has no end,
            and then Ctrl-C interrupts nothing that is being written.
        error: the class of what a write raises that has to wait afterwards.
    """

    def __init__(
        self,
        cancel: Callable[[], object],
        *,
        presses: int | None = 1,
        error: type[BaseException] | None = None,
    ) -> None:
        self.cancel = cancel
        self.error = error
        self.left = presses

    def __enter__(self) -> None:
        _begin_afresh()
        _scopes.append(self)

    def __exit__(self, *_: object) -> None:
        _scopes.remove(self)
        if _scopes:
            _begin_afresh()


class Writing:
    """Within it, output may have to wait for a reader."""

    def __enter__(self) -> None:
        global _writing
        _writing += 1

    def __exit__(self, *_: object) -> None:
        global _writing
        _writing -= 1


def is_pressed() -> bool:
    """Whether Ctrl-C was pressed: until the next answer, nothing waits for a reader."""
    return _pressed


def answer() -> int:
    """Return a number that is another one for each answer of this process."""
    return _answer


def may_be_pressed_while_waiting() -> bool:
    """Whether a write that waits has to look for itself whether Ctrl-C was pressed."""
    return bool(_scopes) and _scopes[-1].error is not None


def interruption() -> BaseException:
    """Return what ends a write that Ctrl-C interrupts."""
    error = _scopes[-1].error if _scopes else None
    return KeyboardInterrupt() if error is None else error()


def is_ending() -> bool:
    """Whether SIGTERM or SIGHUP ends the command, whatever else happens."""
    return _is_ending


def code() -> int:
    """Return the exit code of a command that is interrupted."""
    return _code


def note_report() -> None:
    """Note that the outcome is being reported, so that a late Ctrl-C reports nothing more."""
    global _reported
    _reported = True


def exit_without_threads(code: object) -> None:
    """Exit at once if a thread is busy, for example with a name look-up that cannot be stopped.

    Otherwise the interpreter would wait for it, past ``--timeout`` and past Ctrl-C.
    """
    if "threading" not in sys.modules:
        return
    import threading

    others = [
        thread
        for thread in threading.enumerate()
        if thread is not threading.main_thread() and not thread.daemon
    ]
    for thread in others:
        thread.join(0.1)
    if any(thread.is_alive() for thread in others):
        os._exit(code if isinstance(code, int) else 0)


def _begin_afresh() -> None:
    """Forget a Ctrl-C that did not end the command: what follows is written as usual."""
    global _pressed, _answer
    if all(scope.left != 0 for scope in _scopes):
        _pressed = False
        _answer += 1


def _handle(*_: Any) -> None:
    global _pressed
    if not _scopes or _scopes[-1].left == 0:
        _leave()
    scope = _scopes[-1]
    if scope.left is None:
        scope.cancel()
        return
    scope.left -= 1
    _pressed = True
    if _writing and scope.error is None:
        raise KeyboardInterrupt
    scope.cancel()


def _end(number: int, *_: Any) -> None:
    global _code, _is_ending, _pressed
    _code = _CODES[number]
    if _is_ending or not _scopes or _scopes[0].left == 0:
        _leave()
    _is_ending = _pressed = True
    _scopes[0].left = 0
    if _writing and _scopes[-1].error is None:
        raise KeyboardInterrupt
    _scopes[0].cancel()


def _leave() -> NoReturn:
    global _reported
    from contextlib import suppress

    try:
        for act in last_acts:
            with suppress(Exception):  # the next must act, too, and nobody can be told
                act()
        if not _reported:
            _reported = True  # another Ctrl-C ends even this report
            _report()
    finally:
        os._exit(_code)  # also if nobody can be told


def _report() -> None:
    from ollama_cli.command_line.formats import format_in

    output_format = format_in(sys.argv[1:])
    if output_format in ("json", "stream-json"):
        os.write(2, b"{" + ERROR.encode())
    if output_format == "stream-json":
        os.write(1, b'{"type": "error", ' + ERROR.encode())
