"""The setting ``status_line``: its form, and the names in it."""

from __future__ import annotations

MOST = 5
_LONGEST = 100


def status_line_problem(value: object) -> str | None:
    """Return what is wrong with the setting ``status_line``; else ``None``."""
    names = value if isinstance(value, list) else [value]
    if len(names) > MOST:
        return f"'status_line' names more than {MOST} status lines"
    for name in names:
        if not _is_file_name(name):
            return f"'status_line' must be the name of an executable without its folder: {name!r}"
    return None


def names_of(value: object) -> list[str]:
    """Return the names in a setting that was checked."""
    return [] if value is None else value if isinstance(value, list) else [str(value)]


def _is_file_name(name: object) -> bool:
    if not isinstance(name, str) or not 0 < len(name) <= _LONGEST or not name.isprintable():
        return False
    return not name.startswith(".") and not set(name) & set("/\\:")
