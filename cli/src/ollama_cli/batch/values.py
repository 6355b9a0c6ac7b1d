"""The values of options that are more than a number or a word."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import click

_MOST_AT_ONCE = 100_000
_HIGHEST_USD = Decimal(10**9)
_HUNDRED = 100


class Concurrency(click.ParamType):
    """How many rows are asked at once: a number, or ``auto``."""

    name = "N|auto"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> int | str:
        """Return the number, or ``"auto"``."""
        text = str(value)
        if text == "auto":
            return text
        if _is_whole(text) and 0 < int(text) <= _MOST_AT_ONCE:
            return int(text)
        self.fail(f"{text!r} is neither 'auto' nor a number from 1 to {_MOST_AT_ONCE:,}", param)


class Dollars(click.ParamType):
    """An amount of USD, more than 0."""

    name = "USD"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Decimal:
        """Return the amount, exactly as it was written."""
        text = str(value)
        if re.fullmatch(r"\d{1,12}(\.\d{1,12})?", text, re.ASCII):
            amount = Decimal(text)
            if 0 < amount <= _HIGHEST_USD:
                return amount
        self.fail(f"{text!r} is not an amount of USD, such as 2.50", param)


class Errors(click.ParamType):
    """How many rows may fail: a number, or a share in percent."""

    name = "N|P%"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> int | str:
        """Return the number as an integer, and a share as it was written."""
        text = str(value)
        if _is_whole(text):
            return int(text)
        found = re.fullmatch(r"(\d{1,3}(?:\.\d{1,6})?)%", text, re.ASCII)
        if found and float(found[1]) <= _HUNDRED:
            return text
        self.fail(f"{text!r} is neither a number of rows nor a share such as 5%", param)


def _is_whole(text: str) -> bool:
    return re.fullmatch(r"\d{1,12}", text, re.ASCII) is not None
