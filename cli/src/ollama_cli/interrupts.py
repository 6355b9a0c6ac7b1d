"""Ctrl-C: ends the command with exit code 130 at any moment, without a traceback.

Python's own handler raises ``KeyboardInterrupt`` wherever the program is, also within imports and
destructors, where it becomes a traceback or is lost. This one ends the process at once, except
within ``Cancelling``: there it stops the call that is running, so that its connection is closed.
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

ERROR = (
    '"error": {"type": "Interrupted", "message": "interrupted", "hint": null, "provider": null, '
    '"status": null, "request_id": null}}\n'
)

last_acts: list[Callable[[], object]] = []
"""What is called before Ctrl-C ends the process at once."""

_cancel: Callable[[], object] | None = None
_pressed = False
_writing = 0
_reported = False


def install() -> None:
    """Handle Ctrl-C, unless the parent process asked to ignore it."""
    if _signal.getsignal(_signal.SIGINT) is _signal.default_int_handler:
        _signal.signal(_signal.SIGINT, _handle)


class Cancelling:
    """Within it, the first Ctrl-C calls ``cancel``, and the next ends the process.

    While ``Writing``, the first raises ``KeyboardInterrupt`` instead: what waits for the reader of
    a pipe cannot be cancelled.
    """

    def __init__(self, cancel: Callable[[], object]) -> None:
        self._own = cancel

    def __enter__(self) -> None:
        global _cancel
        _cancel = self._own

    def __exit__(self, *_: object) -> None:
        global _cancel
        _cancel = None


class Writing:
    """Within it, output may have to wait for a reader."""

    def __enter__(self) -> None:
        global _writing
        _writing += 1

    def __exit__(self, *_: object) -> None:
        global _writing
        _writing -= 1


def is_pressed() -> bool:
    """Whether Ctrl-C was pressed: from then on nothing waits for a reader."""
    return _pressed


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


def _handle(*_: Any) -> None:
    global _cancel, _pressed
    _pressed = True
    cancel, _cancel = _cancel, None
    if cancel is None:
        _leave()
    elif _writing:
        raise KeyboardInterrupt
    else:
        cancel()


def _leave() -> NoReturn:
    global _reported
    try:
        for act in last_acts:
            act()
        if not _reported:
            _reported = True  # another Ctrl-C ends even this report
            _report()
    finally:
        os._exit(INTERRUPTED)  # also if nobody can be told


def _report() -> None:
    from ollama_cli.formats import format_in

    output_format = format_in(sys.argv[1:])
    if output_format in ("json", "stream-json"):
        os.write(2, b"{" + ERROR.encode())
    if output_format == "stream-json":
        os.write(1, b'{"type": "error", ' + ERROR.encode())
