"""The price of one model's tokens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeGuard

from provider_sdk._accounting.rows import EXACT
from provider_sdk._usage import Usage
from provider_sdk._validation import did_you_mean, is_mapping, is_number, safe_repr

_PER = {"1M": 0, "1K": 3, "1": 6}
"""By unit, the power of ten that makes a price one per million tokens."""

_RATES = ("input", "output", "cached", "cache_write")
_HIGHEST = 10**6
_FORM = f"a number of USD, 0 to {_HIGHEST}"


@dataclass(frozen=True, slots=True)
class Price:
    """USD per million tokens.

    Attributes:
        input: for tokens that the model reads, unless a cache holds them.
        output: for tokens that it writes, reasoning included.
        cached: for tokens read from a cache; ``None`` for the same as ``input``.
        cache_write: for tokens written to one; ``None`` for the same as ``input``.
        above: a length of the prompt in tokens, and the price of longer calls.
    """

    input: Decimal
    output: Decimal
    cached: Decimal | None = None
    cache_write: Decimal | None = None
    above: tuple[int, Price] | None = None

    @property
    def is_free(self) -> bool:
        """Whether every rate is 0."""
        rates = (self.input, self.output, self.cached, self.cache_write)
        return not any(rates) and (self.above is None or self.above[1].is_free)

    def cost(self, usage: Usage) -> Decimal | None:
        """Return what a call costs, exactly; ``None`` if one of its counts is not known."""
        prompt, completion = usage.prompt_tokens, usage.completion_tokens
        if prompt is None or completion is None:
            return None
        if self.above is not None and prompt > self.above[0]:
            return self.above[1].cost(usage)
        # Both are parts of the prompt; as reasoning is of what was written.
        cached = min(usage.cached_tokens or 0, prompt)
        written = min(usage.cache_write_tokens or 0, prompt - cached)
        parts = (
            (prompt - cached - written, self.input),
            (cached, self.input if self.cached is None else self.cached),
            (written, self.input if self.cache_write is None else self.cache_write),
            (completion, self.output),
        )
        total = Decimal(0)
        for tokens, rate in parts:
            total = EXACT.add(total, EXACT.multiply(Decimal(tokens), rate))
        return EXACT.scaleb(total, -6)

    @classmethod
    def parse(cls, place: str, setting: object) -> Price:
        """Return the price that a setting describes.

        Raises:
            ValueError: it is not valid; the message begins with ``place``.
        """
        if not is_mapping(setting):
            raise ValueError(f"{place} must be a mapping, not {safe_repr(setting)}")
        for key in setting:
            if key not in (*_RATES, "per"):
                hint = did_you_mean(str(key), (*_RATES, "per"))
                raise ValueError(f"{place}: unknown key {key!r}{hint}")
        per = setting.get("per")
        per = "1M" if per is None else per
        if not isinstance(per, str) or per not in _PER:
            raise ValueError(f"{place}.per must be one of {', '.join(map(repr, _PER))}")
        for key in ("input", "output"):
            if setting.get(key) is None:
                raise ValueError(f"{place}.{key} is missing; it must be {_FORM}")
        return cls(*(_rate(f"{place}.{key}", setting.get(key), _PER[per]) for key in _RATES))


def _rate(place: str, value: Any, shift: int) -> Any:
    if value is None:
        return None
    if not is_amount(value):
        raise ValueError(f"{place} must be {_FORM}, not {safe_repr(value)}")
    return EXACT.scaleb(amount(value), shift)


def is_amount(value: object, highest: float = _HIGHEST) -> TypeGuard[float | Decimal]:
    """Whether it can be an amount of money, in USD."""
    if isinstance(value, Decimal):
        return value.is_finite() and 0 <= value <= highest
    return is_number(value) and 0 <= value <= highest


def amount(value: float | Decimal) -> Decimal:
    """Return a number as it is written: 0.1 is a tenth, and not the nearest binary fraction."""
    return value if isinstance(value, Decimal) else Decimal(repr(value))


def price_of_entry(entry: Mapping[str, Any]) -> Price:
    """Return the price in an entry of ``prices.toml``."""
    rates = {key: amount(entry[key]) for key in _RATES if key in entry}
    longer = entry.get("above")
    above = (longer["tokens"], price_of_entry(longer)) if longer else None
    return Price(**rates, above=above)
