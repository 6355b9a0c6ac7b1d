"""How many tokens a text has, about, without the vocabulary of any tokenizer.

Tokenizers split a text into words, groups of digits, runs of punctuation and line breaks, and spell
words that are not in their vocabulary with several tokens. So each piece is one token, and what a
word adds beyond that depends on its script, its length, and on how common its language is. The
numbers were fitted to OpenAI's ``o200k_base``; ``docs/tokens.md`` states how far they are off.
"""

from __future__ import annotations

import re

from provider_sdk._patterns import Pattern

_SLICE = 4096
_SLICES = 16
_LONGEST = 14
"""Letters of a word that may be in a vocabulary; what follows is spelled."""

_UPPER, _LOWER = "A-Z\u00c0-\u00d6\u00d8-\u00de", "a-z\u00df-\u00f6\u00f8-\u02af\u1e00-\u1eff"

# By script: its letters, what a word costs, and what each letter after the first adds.
_SCRIPTS: tuple[tuple[str, str, float, float], ...] = (
    ("cyrillic", "\u0400-\u052f", 1.1, 0.12),
    ("han", "\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff", 0.78, 0.78),
    ("kana", "\u3040-\u30ff", 0.75, 0.75),
    ("hangul", "\u1100-\u11ff\uac00-\ud7a3", 1.3, 0.45),
    ("arabic", "\u0600-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufefc", 0.9, 0.22),
    ("devanagari", "\u0900-\u097f", 0.2, 0.45),
    ("indic", "\u0980-\u0dff", 0.86, 0.3),
    ("thai", "\u0e00-\u109f\u1780-\u17ff", 0.4, 0.4),
    ("greek", "\u0370-\u03ff\u1f00-\u1fff", 0.5, 0.39),
    ("hebrew", "\u0590-\u05ff", 0.34, 0.46),
    ("caucasian", "\u0530-\u058f\u10a0-\u10ff", 1.0, 0.23),
    # Whatever else: its letters are rare, and spelled byte by byte.
    ("other", r"^\W\d_", 2.0, 2.0),
)
_COSTS = {name: (first, further) for name, _, first, further in _SCRIPTS}
_PIECE = Pattern(
    f"(?P<word>[{_UPPER}]?[{_LOWER}]+|[{_UPPER}]+)"
    r"|(?P<digits>\d{1,3})|(?P<space>\s+)|(?P<punctuation>[!-/:-@\[-`{-~\x00-\x1f\x7f]+)|"
    + "|".join(f"(?P<{name}>[{letters}]+)" for name, letters, *_ in _SCRIPTS)
    + "|(?P<mark>[\u2000-\u206f\u3000-\u303f\uff00-\uffef\u00a1-\u00bf])|(?P<symbol>.)",
    re.DOTALL,
)


def _listed(words: str) -> frozenset[str]:
    return frozenset(words.split())


# Words that tell English from the other languages of its alphabet.
_ENGLISH = _listed(
    "the of and to in is that for it with as was on be are this by not or you from have at an if "
    "can which will has been they"
)
_FOREIGN = _listed(
    "der die und das nicht den ein eine ist mit für auf von zu im le la les des et est une dans "
    "que pour qui du pas sur el los en y por con una se las al il di che per non è da os um uma "
    "não do dos em para com het een van niet op te dat zijn och att som på är det og til af yang "
    "dan untuk dengan ini tidak się nie na jest że ve bir bu için je ja ei și cu nu az egy és"
)


class _Words:
    """The words of the Latin alphabet in a text, whose language decides what they cost."""

    def __init__(self) -> None:
        self.count = self.letters = self.long_letters = self.spelled = 0
        self.accents = self.rare_accents = self.english = self.foreign = 0

    def add(self, word: str) -> None:
        """Note a word."""
        length = len(word)
        self.count += 1
        self.letters += length
        self.long_letters += max(0, min(length, _LONGEST) - 4)
        self.spelled += max(0, length - _LONGEST)
        lowered = word.lower()
        self.english += lowered in _ENGLISH
        is_foreign = lowered in _FOREIGN
        if not word.isascii():
            is_foreign = True
            rare = sum(letter > "\u00ff" for letter in word)
            self.rare_accents += rare
            self.accents += sum(letter > "\u007f" for letter in word) - rare
        self.foreign += is_foreign

    def tokens(self) -> float:
        """Return what all of them cost."""
        if not self.count:
            return 0.0
        # Without any sign, as in code, it is English.
        foreign = self.foreign / (self.english + self.foreign + 0.05 * self.count)
        of_foreign = 0.2 + 3 * self.rare_accents / self.letters
        per_letter = (1 - foreign) * 0.06 + foreign * of_foreign
        spelled = 0.15 * self.accents + 0.6 * self.rare_accents + 0.3 * self.spelled
        return self.count + per_letter * self.long_letters + spelled


def count_text(text: str) -> float:
    """Return about how many tokens a text has; of a huge one only slices are read."""
    if len(text) <= _SLICE * _SLICES:
        return _count(text)
    step = (len(text) - _SLICE) / (_SLICES - 1)
    starts = (round(step * number) for number in range(_SLICES))
    found = sum(_count(text[start : start + _SLICE]) for start in starts)
    return found * len(text) / (_SLICE * _SLICES)


def _count(text: str) -> float:
    words, tokens = _Words(), 0.0
    before, length_before = "", 0
    for piece in _PIECE.compiled.finditer(text):
        kind, found = piece.lastgroup or "", piece[0]
        if kind == "word":
            words.add(found)
            # One sign before a word is often part of its token.
            tokens -= 0.3 * (before == "punctuation" and length_before == 1)
        elif kind == "digits":
            tokens += 1 + (before == "space")  # a space is part of a word, and not of a number
        elif kind == "space":
            tokens += _space(found, after_punctuation=before == "punctuation")
        elif kind == "punctuation":
            tokens += 1 + (len(found) - 1) // (64 if len(set(found)) == 1 else 4)
        elif kind == "mark":
            tokens += 1
        elif kind == "symbol":
            tokens += 2
        else:
            first, further = _COSTS[kind]
            tokens += first + further * (len(found) - 1)
        before, length_before = kind, len(found)
    return tokens + words.tokens()


def _space(found: str, *, after_punctuation: bool) -> float:
    breaks, indent = found.count("\n"), len(found) - found.rfind("\n") - 1
    cost = 0.0
    if breaks:
        cost += (not after_punctuation) + breaks // 16
    return cost + (indent > 1) + indent // 80
