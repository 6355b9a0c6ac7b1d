"""``@path`` in what somebody typed: attaches the file that it names."""

from __future__ import annotations

import re

from ollama_cli.inputs.files import Attachments

# At the beginning of a word only: an e-mail address mentions no file.
_MENTION = re.compile(r"""(?<![^\s(\["'`])@(?:(@)|"([^"\n]+)"|([^\s@"]\S*))""")
_AFTER = ".,;:!?)]}'\"`"
"""Characters that end a sentence, which a path may be followed by."""


def with_mentions(text: str, attached: Attachments, before: str = "") -> str:
    """Return the text after attaching the files that it mentions; the paths stay in it.

    ``@path`` that names no file stays as it is. ``@"a path"`` may have spaces, and ``@@`` at the
    beginning of a word is a literal ``@``.

    Args:
        text: what was typed.
        attached: takes the files.
        before: what stands before it, and mentions nothing.

    Raises:
        click.UsageError: a file that is mentioned must not be attached, or cannot be read.
    """

    def found(match: re.Match[str]) -> str:
        escaped, quoted, plain = match.groups()
        if escaped:
            following = match.string[match.end() : match.end() + 1]
            return "@" if following.strip() else match[0]  # a lone @@, as in a diff, is text
        if quoted:
            attached.add_mentioned(quoted)
        else:
            _attach_longest(plain, attached)
        return match[0]

    previous = before[-1:]
    return _MENTION.sub(found, previous + text)[len(previous) :]


def _attach_longest(path: str, attached: Attachments) -> None:
    while path and not attached.add_mentioned(path):
        if path[-1] not in _AFTER:
            return
        path = path[:-1]
