"""``@path`` in what somebody typed: attaches the file that it names."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ollama_cli.inputs.files import Attachments

_LETTERS = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
"""Letters of languages that are written without spaces between words, as a range."""
BEFORE = rf"""(?<![^\s(\["'`\u201c\u2018\u00ab\u300c\u300e\uff08\u3010\u300a{_LETTERS}])"""
"""What a mention follows, as a pattern: an e-mail address mentions no file."""

_MENTION = re.compile(rf"""{BEFORE}@(?:(@)|"([^"\n]+)"|([^\s@"]\S*))""")
_CLOSING = (
    ".,;:!?)]}'\"`\u2026\u2019\u201d\u00bb"
    "\u3002\uff0c\u3001\uff1b\uff1a\uff01\uff1f\uff09\u300d\u300f\u3011\u300b"
)
"""Characters that end a sentence or a part of it, which a path may be followed by."""
_END = re.compile(
    rf"[{re.escape(_CLOSING.replace('.', ''))}#|<>\u2013\u2014]|(?<![{_LETTERS}])[{_LETTERS}]"
)
"""Where a path may end within a word, such as before the numbers of lines in ``a.py:10``."""
_MOST_ENDS = 8
_LONGEST = 4096


def with_mentions(text: str, attached: Attachments, before: str = "") -> str:
    """Return the text after attaching the files that it mentions; the paths stay in it.

    ``@path`` that names no file stays as it is. What follows the path in its word, such as the
    numbers of lines in ``@a.py:10``, stays too. ``@"a path"`` may have spaces, and ``@@`` at the
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


def _attach_longest(word: str, attached: Attachments) -> None:
    """Attach the file of the longest beginning of a word that names one."""
    for path in dict.fromkeys(_beginnings(word)):
        if attached.add_mentioned(path):
            return


def _beginnings(word: str) -> Iterator[str]:
    path = word[:_LONGEST]
    while path:
        yield path
        if path[-1] not in _CLOSING:
            break
        path = path[:-1]
    ends = [found.start() for found in _END.finditer(path)]
    for end in ends[: -_MOST_ENDS - 1 : -1]:
        if end:
            yield path[:end]
            yield path[:end].rstrip(_CLOSING)
