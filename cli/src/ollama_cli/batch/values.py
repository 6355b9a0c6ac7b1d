"""The values of options that are more than a number or a word."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import TypeVar

import click

_MOST_AT_ONCE = 100_000
_HIGHEST_USD = Decimal(10**9)
_HUNDRED = 100

_T = TypeVar("_T")


def concurrency(text: str) -> int | str:
    """Return how many rows are asked at once: a number, or ``"auto"``.

    Raises:
        click.BadParameter: it is neither.
    """
    if text == "auto":
        return text
    if _is_whole(text) and 0 < int(text) <= _MOST_AT_ONCE:
        return int(text)
    raise click.BadParameter(f"{text!r} is neither 'auto' nor a number from 1 to {_MOST_AT_ONCE:,}")


def dollars(text: str) -> Decimal:
    """Return an amount of USD, more than 0, exactly as it was written.

    Raises:
        click.BadParameter: it is not an amount.
    """
    if re.fullmatch(r"\d{1,12}(\.\d{1,12})?", text, re.ASCII):
        amount = Decimal(text)
        if 0 < amount <= _HIGHEST_USD:
            return amount
    raise click.BadParameter(f"{text!r} is not an amount of USD, such as 2.50")


def errors(text: str) -> int | str:
    """Return how many rows may fail: a number as an integer, a share in percent as it was written.

    Raises:
        click.BadParameter: it is neither.
    """
    if _is_whole(text):
        return int(text)
    found = re.fullmatch(r"(\d{1,3}(?:\.\d{1,6})?)%", text, re.ASCII)
    if found and float(found[1]) <= _HUNDRED:
        return text
    raise click.BadParameter(f"{text!r} is neither a number of rows nor a share such as 5%")


def read_by(read: Callable[[str], _T]) -> Callable[..., _T | None]:
    """Return a callback of an option that reads its value, if it was given."""

    def callback(_: click.Context, __: click.Parameter, value: object) -> _T | None:
        # What was given before a verb has been read already.
        return None if value is None else read(str(value))

    return callback


def _is_whole(text: str) -> bool:
    return re.fullmatch(r"\d{1,12}", text, re.ASCII) is not None
