"""How the input shows folded texts, and characters that would not show themselves.

Terminals do not agree on how wide emoji are that consist of several characters. So they are shown
without what joins or changes them, as a row of single emoji or as the plain one; otherwise the
cursor would be somewhere else than the terminal believes. They are sent as they are.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from itertools import accumulate

from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.layout.processors import Processor, Transformation, TransformationInput
from prompt_toolkit.layout.utils import explode_text_fragments

from ollama_cli.chat.screen.editing.folding import MARKS, Folds

FOLD_STYLE = "class:fold"
ESCAPE_STYLE = "class:escape"

_MARK = re.compile(f"[{MARKS}]")
# They turn the direction of writing, break lines or carry text that nobody sees. Control
# characters are shown by prompt_toolkit itself.
_HIDDEN = re.compile("[\u2028-\u202e\u2066-\u206f\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]")
_JOINING = re.compile("[\u200d\ufe0f\U0001f3fb-\U0001f3ff]")
_SPECIAL = re.compile(f"{_MARK.pattern}|{_HIDDEN.pattern}|{_JOINING.pattern}")


class Unfolding(Processor):
    """Shows the label of a fold, and hidden characters as their numbers."""

    def __init__(self, folds: Folds) -> None:
        self._folds = folds

    def apply_transformation(self, transformation_input: TransformationInput) -> Transformation:
        """Return the line as it is shown."""
        line = transformation_input.document.lines[transformation_input.lineno]
        fragments = transformation_input.fragments
        if not _SPECIAL.search(line):
            return Transformation(fragments)
        shown: StyleAndTextTuples = []
        before = ""
        for style, char, *_ in explode_text_fragments(fragments):
            shown.append((style, "") if _joins(before, char) else self._shown(style, char))
            before = char
        starts = list(accumulate((len(fragment[1]) for fragment in shown), initial=0))

        def to_display(at: int) -> int:
            return starts[at] if at < len(starts) else starts[-1] + at - len(starts) + 1

        def to_source(at: int) -> int:
            return bisect_right(starts, at) - 1

        return Transformation(shown, to_display, to_source)

    def _shown(self, style: str, char: str) -> tuple[str, str]:
        if _MARK.match(char):
            label = self._folds.label(char)
            return (f"{style} {FOLD_STYLE}" if len(label) > 1 else style), label
        if _HIDDEN.match(char):
            return f"{style} {ESCAPE_STYLE}", f"<U+{ord(char):04X}>"
        return style, char


def _joins(before: str, char: str) -> bool:
    """Return whether a character only joins or changes the emoji before it."""
    return _JOINING.match(char) is not None and (
        before == "\ufe0f" or unicodedata.category(before or " ") in _EMOJI
    )


_EMOJI = ("So", "Sk", "Nd", "Po")
"""The categories of emoji, the changes of their colours, and what is on keys: ``1``, ``#``."""
