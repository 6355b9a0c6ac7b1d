"""Numbers of a bulk run as people read them."""

from __future__ import annotations

from decimal import Decimal

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_KILO = 1000
_FEW = 10
_SMALLEST = Decimal("0.0001")


def duration(seconds: float) -> str:
    """Return a time in its two largest units: ``"3 min 20 s"``."""
    whole = round(max(seconds, 0.0))
    if whole < _MINUTE:
        return f"{whole} s"
    for unit, name, smaller, small_name in (
        (_DAY, "d", _HOUR, "h"),
        (_HOUR, "h", _MINUTE, "min"),
        (_MINUTE, "min", 1, "s"),
    ):
        if whole >= unit:
            large, small = whole // unit, whole % unit // smaller
            return f"{large:,} {name} {small} {small_name}" if small else f"{large:,} {name}"
    raise AssertionError("a minute is the smallest of them")


def rate(per_second: float) -> str:
    """Return a rate with about three digits: ``"9.5"``, ``"1,240"``, ``"31 k"``."""
    if per_second < _FEW:
        return f"{per_second:.1f}"
    if per_second < _FEW * _KILO:
        return f"{per_second:,.0f}"
    return f"{per_second / _KILO:,.0f} k"


def money(amount: Decimal | None) -> str:
    """Return an amount in USD with two digits after the point, or four of less than a dollar."""
    if amount is None:
        return "unknown"
    if 0 < amount < _SMALLEST:
        return f"under ${_SMALLEST}"
    return f"${amount:,.2f}" if amount >= 1 or not amount else f"${amount:.4f}"


def rows(number: int) -> str:
    """Return a number of rows."""
    return f"{number:,} row" if number == 1 else f"{number:,} rows"
