"""Reads the message of a check that did not pass back into its parts."""

from __future__ import annotations

from collections.abc import Mapping

LABELS = frozenset(
    {
        "rule",
        "expected",
        "actual",
        "differs",
        "wire",
        "fix",
        "more",
        "run again",
        "accepted",
        "deviation",
    }
)
_INDENT = 2
_WIDTH = 12
"""Columns up to the text of a part."""


def parts_of(message: str) -> Mapping[str, str]:
    """Return the parts of a message by label, without its first line.

    It is empty if the message has another form; then only the whole of it says everything.
    """
    parts: dict[str, list[str]] = {}
    label = ""
    for line in message.split("\n")[1:]:
        if (found := _label_of(line)) and found not in parts:
            label = found
            parts[label] = [line[_WIDTH:]]
        elif label and (line.startswith(" " * _WIDTH) or not line.strip()):
            parts[label].append(line[_WIDTH:])
        else:
            return {}
    return {label: "\n".join(lines).rstrip("\n") for label, lines in parts.items()}


def _label_of(line: str) -> str:
    label = line[_INDENT:_WIDTH].rstrip()
    return label if line.startswith(" " * _INDENT) and label in LABELS else ""
