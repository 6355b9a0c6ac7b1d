"""Turns answers into names, and into text for Python, TOML and Markdown."""

from __future__ import annotations

import json
import re
import unicodedata

_WIDTH = 100
_LONGEST_SHOWN = 60
_BRACES = ("{{", "{%", "{#")


def identifier(name: str) -> str:
    """Return a name in a form that can be part of a Python identifier."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"\W+", "_", plain.lower()).strip("_")


def variable(name: str) -> str:
    """Return a name in a form that an environment variable can begin with."""
    return identifier(name).upper()


def camel(name: str) -> str:
    """Return a name in a form that a class name can begin with."""
    return "".join(part.capitalize() for part in identifier(name).split("_"))


def has_braces(text: str) -> bool:
    """Whether cookiecutter would render a text as a template."""
    return any(brace in text for brace in _BRACES)


def shown(text: str) -> str:
    """Return a text for an error message: quoted, on one line, and shortened."""
    cut = text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"
    return ascii(cut) if not cut.isprintable() else f"'{cut}'"


def quoted(text: str) -> str:
    """Return a printable text as a string of TOML and of Python.

    Not ``tojson``: it writes characters beyond the BMP as two escapes, which TOML does not have.
    """
    return json.dumps(text, ensure_ascii=False)


def markdown(text: str) -> str:
    """Return a text with Markdown syntax escaped."""
    plain = re.sub(r"([\\`*_\[\]<>#|&~$])", r"\\\1", text)
    return re.sub(r"^(\d+)([.)])|^([-+=])", r"\1\\\2\3", plain)


def imports(*modules: tuple[str, list[str]]) -> str:
    """Return import statements as a formatter would write them."""
    return "\n".join(_import(module, sorted(names, key=_rank)) for module, names in sorted(modules))


def _rank(name: str) -> tuple[bool, str]:
    return name.islower(), name.lower()  # classes come first


def _import(module: str, names: list[str]) -> str:
    line = f"from {module} import {', '.join(names)}"
    if len(line) <= _WIDTH:
        return line
    return "\n".join([f"from {module} import (", *(f"    {name}," for name in names), ")"])
