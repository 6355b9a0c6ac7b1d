"""How many tokens messages have, about, and how to cut a text into pieces of so many."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from provider_sdk import Message, estimate_tokens

MARGIN = 1.25
"""By how much the tokenizer of a service may count more than the estimate."""

REPLY = 3
"""What the estimate of every request holds for the answer that is to follow."""

_MOST_PER_MESSAGE = 64
_MOST_PER_IMAGE = 4096
_MOST_PER_CHARACTER = 4
_READ_WHOLE = 1 << 16
_CHARACTERS_PER_TOKEN = 5
_ENDS = ("\n", " ")


def tokens_of(messages: Sequence[Message]) -> int:
    """Return about how many tokens messages have, without the answer."""
    return estimate_tokens(messages) - REPLY if messages else 0


def text_tokens(text: str) -> int:
    """Return about how many tokens a text has; unlike the estimate, it reads a huge one wholly."""
    starts = range(0, len(text), _READ_WHOLE)
    return sum(estimate_tokens(text[start : start + _READ_WHOLE]) for start in starts)


def hold_at_most(messages: Sequence[Message], tokens: int) -> bool:
    """Whether messages surely have no more tokens than this, judged by their bytes alone.

    That takes a hundredth of the time of an estimate, which is spared where this is true.
    """
    most = 0
    for message in messages:
        if most > tokens:
            break
        images = 0 if isinstance(message.content, str) else len(message.content)
        most += _MOST_PER_MESSAGE + _MOST_PER_IMAGE * images + _bytes(message.text)
        most += sum(
            _MOST_PER_MESSAGE + _bytes(call.name) + _bytes(str(call.arguments_text))
            for call in message.tool_calls
        )
        if message.own_state or any(not call.arguments_text for call in message.tool_calls):
            return False
    return most <= tokens


def _bytes(text: str) -> int:
    return len(text) if text.isascii() else _MOST_PER_CHARACTER * len(text)


def pieces_of(text: str, tokens: int) -> Iterator[str]:
    """Cut a text into pieces of at most so many tokens, if possible where a line or word ends."""
    start, size = 0, tokens * _CHARACTERS_PER_TOKEN
    while start < len(text):
        piece = text[start : start + size]
        if text_tokens(piece) > tokens and size > 1:
            size = max(1, size * 3 // 4)
            continue
        if start + size < len(text):
            piece = _to_an_end(piece)
        yield piece
        start += len(piece)
        size = min(size * 5 // 4 + 1, tokens * _CHARACTERS_PER_TOKEN)


def _to_an_end(piece: str) -> str:
    for end in _ENDS:
        if (place := piece.rfind(end, len(piece) // 2)) >= 0:
            return piece[: place + 1]
    return piece
