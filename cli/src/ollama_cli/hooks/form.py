"""The setting ``hooks``: its form, and the hooks that it names."""

from __future__ import annotations

import re
import warnings
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from ollama_cli.hooks.events import EVENTS

Source = Literal["user", "project"]

DEFAULT_TIMEOUT_S = 10.0
LONGEST_TIMEOUT_S = 600

_GROUP_KEYS = ("matcher", "hooks")
_HOOK_KEYS = ("type", "command", "timeout", "required", "env")
_LONGEST_MATCHER = 500
_LONGEST_NAME = 200
"""Characters of ``provider/model`` that a matcher sees."""
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_ANY = ("", "*")


@dataclass(frozen=True, slots=True)
class Hook:
    """A command that is run at an event.

    Attributes:
        event: the event.
        matcher: a regular expression that is searched for in ``provider/model``; ``""`` for all.
        command: what the shell runs.
        timeout: the most seconds that it may take.
        required: whether what it is asked about is denied if it fails.
        env: the variables that it gets although they may hold a credential.
        source: whose settings name it.
    """

    event: str
    matcher: str
    command: str
    timeout: float
    required: bool
    env: tuple[str, ...]
    source: Source

    def matches(self, names: Sequence[str]) -> bool:
        """Whether it is for one of these, as ``provider/model``; if none is known, it may be."""
        if not self.matcher or not names:
            return True
        return any(re.search(self.matcher, name[:_LONGEST_NAME]) for name in names)


def hooks_problem(value: object) -> str | None:
    """Return what is wrong with the setting ``hooks``, and where; else ``None``."""
    try:
        read_hooks(value, "user")
    except ValueError as error:
        return str(error)
    return None


def read_hooks(value: object, source: Source) -> list[Hook]:
    """Return the hooks of a setting, in order.

    Raises:
        ValueError: it has a wrong form; the message names the place.
    """
    found = []
    for event, groups in _object(value, "hooks", EVENTS, "event").items():
        for place, group in _objects(groups, f"hooks.{event}", _GROUP_KEYS):
            matcher = _matcher(group.get("matcher"), f"{place}.matcher")
            if group.get("hooks") is None:
                raise ValueError(f"{place}: 'hooks' is missing: the list of commands to run")
            for at, fields in _objects(group["hooks"], f"{place}.hooks", _HOOK_KEYS):
                found.append(_hook(fields, at, event, matcher, source))
    return found


def _hook(fields: Mapping[str, Any], place: str, event: str, matcher: str, source: Source) -> Hook:
    if fields.get("type") not in (None, "command"):
        raise ValueError(f"{place}.type must be 'command'")
    required = fields.get("required")
    if not isinstance(required, bool | None):
        raise ValueError(f"{place}.required must be true or false")
    return Hook(
        event,
        matcher,
        _command(fields.get("command"), place),
        _timeout(fields.get("timeout"), f"{place}.timeout"),
        bool(required),
        _env(fields.get("env"), f"{place}.env"),
        source,
    )


def _command(value: object, place: str) -> str:
    if value is None:
        raise ValueError(f"{place}: 'command' is missing: what the shell is to run")
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{place}.command must be a text that the shell can run")
    if "\0" in value or value.encode("utf-8", "ignore").decode() != value:
        raise ValueError(f"{place}.command has a character that no command can have")
    return value


def _timeout(value: Any, place: str) -> float:
    if value is None:
        return DEFAULT_TIMEOUT_S
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if is_number and 0 < value <= LONGEST_TIMEOUT_S:
        return float(value)
    raise ValueError(
        f"{place} must be a number of seconds, more than 0 and at most {LONGEST_TIMEOUT_S}"
    )


def _env(value: object, place: str) -> tuple[str, ...]:
    names = [] if value is None else value
    if not isinstance(names, list) or not all(_is_variable(name) for name in names):
        raise ValueError(f"{place} must be a list of names of environment variables")
    return tuple(names)


def _is_variable(name: object) -> bool:
    return isinstance(name, str) and _VARIABLE.fullmatch(name) is not None


def _matcher(value: object, place: str) -> str:
    if value is None or value in _ANY:
        return ""
    if not isinstance(value, str) or len(value) > _LONGEST_MATCHER:
        raise ValueError(
            f"{place} must be a regular expression of at most {_LONGEST_MATCHER} characters"
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what may change in a later Python
            re.compile(value)
    except (re.error, OverflowError, RecursionError) as error:
        problem = f"{place} is not a regular expression: {error}"
    else:
        return value
    raise ValueError(problem)


def _objects(
    value: object, place: str, known: Collection[str]
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield each object of a list, with its place."""
    if value is not None and not isinstance(value, list):
        raise ValueError(f"{place} must be a list")
    for position, item in enumerate(value or ()):
        at = f"{place}[{position}]"
        yield at, _object(item, at, known, "key")


def _object(value: object, place: str, known: Collection[str], what: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise ValueError(f"{place} must be an object")
    for key in value:
        if key not in known:
            raise ValueError(f"{place}: unknown {what} {key!r}{nearest(key, known)}")
    return value


def nearest(name: str, known: Collection[str]) -> str:
    """Return which known name may have been meant, else all of them, as the end of a sentence."""
    import difflib  # only mistakes pay for it

    small = {each.lower(): each for each in known}
    found = difflib.get_close_matches(name.lower(), small, n=1)
    return f"; did you mean {small[found[0]]!r}?" if found else f"; known are {', '.join(known)}"
