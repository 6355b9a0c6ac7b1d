"""The environment variables that the code reads, collected from what declares them.

A provider declares its own as class attributes whose names end in ``_env``. Any other module that
reads a variable has a mapping ``VARIABLES`` of names to meanings.
"""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from ollama_cli.hooks.running import SET_FOR_CHILDREN
from ollama_cli.settings.effective import variables as of_settings
from provider_sdk import PROVIDER_REGISTRY

from tools.site.reference.sources import assigned, sources

DECLARATION = "VARIABLES"
_DECLARES = re.compile(r".+_env$")
_PLURAL = "api_key_env"
_OF_ALL = {
    _PLURAL: "the credential of `{name}`",
    "base_url_env": "the address of the service of `{name}`",
}
"""What the attributes that every provider has are about."""


class Variable(NamedTuple):
    """A variable and what it sets.

    Attributes:
        name: such as ``"HF_TOKEN"``.
        meaning: Markdown.
        readers: what reads it, such as ``"ollama-cli"`` or the name of a package.
    """

    name: str
    meaning: str
    reader: str


def of_providers() -> Iterator[Variable]:
    """Yield the variables of the providers that are installed, those of credentials first."""
    for name in PROVIDER_REGISTRY:
        factory = PROVIDER_REGISTRY[name]
        attributes = sorted(each for each in dir(factory) if _DECLARES.search(each))
        for attribute in sorted(attributes, key=lambda each: each != _PLURAL):
            for variable in _texts(getattr(factory, attribute)):
                meaning = _meaning(factory, name, attribute)
                yield Variable(variable, meaning, factory.__module__.partition(".")[0])


def _texts(value: Any) -> list[str]:
    values = value if isinstance(value, list | tuple) else [value]
    return [each for each in values if isinstance(each, str) and each]


def _meaning(factory: Any, name: str, attribute: str) -> str:
    if attribute in _OF_ALL:
        return _OF_ALL[attribute].format(name=name)
    for kind in inspect.getmro(factory):
        if found := re.search(rf"^ +{attribute}: (.+)$", kind.__doc__ or "", re.MULTILINE):
            said = found[1].rstrip(".").partition(";")[0]
            return f"`{name}`: {re.sub('^(the|each) variable that ', '', said)}"
    raise ValueError(f"no docstring says what {attribute} of {factory.__name__} is")


def of_modules() -> Iterator[Variable]:
    """Yield what the modules that read other variables declare."""
    for source in sources():
        if assigned(source.tree, DECLARATION):
            declared = getattr(importlib.import_module(source.module), DECLARATION)
            for name, meaning in declared.items():
                yield Variable(name, meaning, source.package)


def before_settings() -> Iterator[Variable]:
    """Yield the variables that come before a setting."""
    for path, name in of_settings():
        reader = "ollama_cli" if len(path) == 1 else "ollama_cli, provider_sdk"
        yield Variable(name, f"comes before the setting `{'.'.join(path)}`", reader)


def for_children() -> Iterator[Variable]:
    """Yield the variables that the command sets for hooks and status lines."""
    for name, meaning in SET_FOR_CHILDREN.items():
        yield Variable(name, meaning, "")


def known() -> set[str]:
    """Return the names of all of them."""
    found = (*of_providers(), *of_modules(), *before_settings(), *for_children())
    return {each.name for each in found}
