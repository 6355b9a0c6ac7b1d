"""Texts in every form that a careless provider changes."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence

from provider_conformance.lab.payload import mixed_case, sentence, word

_LETTERS = 9000


def difficult_text(rng: random.Random) -> str:
    """Return a text with white space around it, and whatever escapes or normalization changes."""
    return (
        f'  {sentence(rng)}\n\t"{word(rng)}" \\ {{}} <b>%s</b> <|im_end|> &amp; &lt;{word(rng)} '
        f"%20 \\u00e4 \x00\x07 🙂 e\u0301 \ufb01\r\n {sentence(rng)} null\n "
    )


def fenced_text(rng: random.Random) -> str:
    """Return a text that is one block of code."""
    return f"```python\n{word(rng)} = 1\n```"


def json_text(rng: random.Random) -> str:
    """Return a text that is JSON with blanks."""
    return json.dumps({word(rng): [1.0, None, {sentence(rng): ""}]}, indent=2, ensure_ascii=False)


def long_text(rng: random.Random) -> str:
    """Return a text of some thousand characters."""
    return f"{sentence(rng)} {mixed_case(rng, 50) * (_LETTERS // 50)} {word(rng)}"


def texts(rng: random.Random) -> Sequence[str]:
    """Return texts in which, taken together, every form occurs."""
    return difficult_text(rng), fenced_text(rng), json_text(rng), long_text(rng)
