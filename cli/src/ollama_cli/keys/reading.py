"""Reading a key: typed on a terminal without being shown, or piped in."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable

import click

from ollama_cli.inputs.stdin import piped_bytes
from ollama_cli.processes.interrupts import last_acts
from ollama_cli.terminal.output import print_err

_LONGEST = 16 * 1024
_MOST_PIPED = 1 << 20
_MOST_TYPED = 1023 if sys.platform == "darwin" else 4095
"""What a terminal takes in one line; it drops the rest without a word."""


def read_key(prompt: str, timeout: float | None) -> str:
    """Return the key that is typed or piped in.

    Args:
        prompt: what to ask on a terminal.
        timeout: the most seconds to wait for the end of what is piped in.

    Raises:
        click.UsageError: it is not one line that can be a key. What it was is never repeated.
    """
    if sys.stdin is not None and sys.stdin.isatty():
        typed = _typed(prompt)
        if len(typed) >= _MOST_TYPED:
            raise click.UsageError("the key is longer than a terminal takes; pipe it in instead")
        return checked(typed.encode("utf-8", "surrogateescape"))

    def quiet() -> None:
        print_err("Waiting for the key on standard input.")

    return checked(piped_bytes(_MOST_PIPED, timeout, quiet))


def checked(content: bytes) -> str:
    """Return the key in one line of ASCII.

    Raises:
        click.UsageError: it is something else.
    """
    lines = content.removeprefix(b"\xef\xbb\xbf").strip().splitlines()
    key = lines[0].strip() if lines else b""
    if not key:
        problem = "no key was given; type it when you are asked, or pipe it in"
    elif len(lines) > 1:
        problem = "a key is one line, and this is more"
    elif len(key) > _LONGEST:
        problem = f"this is not a key: it is longer than {_LONGEST >> 10} KiB"
    elif key[:1] in b"\"'" and key[-1:] == key[:1]:
        problem = "the key is in quotes; leave them out"
    elif b"\x16" in key:
        problem = "Ctrl-V does not paste here; use the terminal's menu, or pipe the key in"
    elif not all(0x21 <= byte <= 0x7E for byte in key):
        problem = "this is not a key: it holds a space, or a character outside ASCII; copy it again"
    else:
        return key.decode("ascii")
    raise click.UsageError(problem)


def _typed(prompt: str) -> str:
    import getpass

    act = _show_again()
    last_acts.append(act)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", getpass.GetPassWarning)
            return getpass.getpass(prompt)
    except (EOFError, OSError):
        return ""
    except getpass.GetPassWarning:
        pass  # it would be shown
    finally:
        last_acts.remove(act)
    raise click.UsageError("this terminal would show the key; pipe it in instead")


def _show_again() -> Callable[[], object]:
    """Return what makes the terminal show again what is typed: Ctrl-C ends the process at once."""
    try:
        import termios

        descriptor = sys.stdin.fileno()
        attributes = termios.tcgetattr(descriptor)
    except (ImportError, OSError, termios.error):
        return lambda: None

    def restore() -> None:
        termios.tcsetattr(descriptor, termios.TCSAFLUSH, attributes)
        print_err("")

    return restore
