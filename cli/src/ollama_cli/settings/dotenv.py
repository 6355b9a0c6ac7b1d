"""The ``.env`` of a trusted project: credentials and addresses of providers, and nothing else."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from ollama_cli.settings.merging import is_loopback

_LINE = re.compile(r"[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)[ \t]*=(.*)", re.DOTALL)
_SINGLE = re.compile(r"'([^']*)'(?:[ \t]*#.*)?", re.DOTALL)
_DOUBLE = re.compile(r'"((?:[^"\\]|\\.)*)"(?:[ \t]*#.*)?', re.DOTALL)
_COMMENT = re.compile(r"[ \t]#")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_SURROGATE = re.compile("[\ud800-\udfff]")  # a byte that is not UTF-8
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t"}
_NEVER = re.compile(
    r"PATH|LD_.*|DYLD_.*|PYTHON.*|.*_PROXY|SSL_.*|OLLAMA_CLI_.*_DIR|HOME|SHELL|ENV|BASH_ENV",
    re.IGNORECASE,
)
_CREDENTIAL = re.compile(r"(?:.*_)?(?:KEY|TOKEN|SECRET|PASSWORD)", re.IGNORECASE)


class Variables(NamedTuple):
    """What a file sets.

    Attributes:
        set: the variables that it sets, with their values.
        ignored: the names of the others; a line that is not understood is ``"line 3"``.
        hosts: the hosts of those that are addresses of services.
    """

    set: Mapping[str, str]
    ignored: tuple[str, ...]
    hosts: Mapping[str, str]


def variables_of(content: bytes, user: Mapping[str, Any], project: Mapping[str, Any]) -> Variables:
    """Return what the content of a ``.env`` file sets, whatever the environment has.

    Args:
        content: the file.
        user: the user's own settings. With ``local_only`` an address must be loopback.
        project: the settings of the trusted project; of a provider that only they describe, the
            credential may be set.
    """
    pairs = list(parsed_lines(content))
    if all(name is None or _NEVER.fullmatch(name) for name, _ in pairs):
        return Variables({}, tuple(name or place for name, place in pairs), {})
    known = _documented(user, project)
    found: dict[str, str] = {}
    ignored: list[str] = []
    for name, value in pairs:
        kind = known.get(name or "")
        is_kept = kind == "address" and user.get("local_only") and not is_loopback(_url(value))
        if name is None or kind is None or _NEVER.fullmatch(name) or is_kept:
            ignored.append(name or value)
        else:
            found[name] = value
    hosts = {name: _host(value) for name, value in found.items() if known[name] == "address"}
    return Variables(found, tuple(ignored), hosts)


def parsed_lines(content: bytes) -> Iterator[tuple[str | None, str]]:
    """Yield the name and value of each line; ``None`` and its place for one that has none.

    Nothing is expanded, and no value spans lines. The last of two lines with one name counts.
    """
    text = content.decode("utf-8-sig", "surrogateescape").replace("\r\n", "\n")
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        found = _LINE.fullmatch(line)
        value = _value(found[2]) if found else None
        if found is None or value is None:
            yield None, f"line {number}"
        else:
            yield found[1], value


def _value(text: str) -> str | None:
    """Return what stands after the sign of equality, ``None`` if it is not a value."""
    value: str | None
    start = text.strip(" \t")
    if start.startswith("'"):
        value = found[1] if (found := _SINGLE.fullmatch(start)) else None
    elif start.startswith('"'):
        found = _DOUBLE.fullmatch(start)
        value = found and _ESCAPE.sub(lambda each: _ESCAPED.get(each[1], each[1]), found[1])
    else:
        value = _COMMENT.split(text, maxsplit=1)[0].strip(" \t")
    is_text = value is not None and "\0" not in value and not _SURROGATE.search(value)
    return value if is_text else None


def _documented(user: Mapping[str, Any], project: Mapping[str, Any]) -> dict[str, str]:
    """Return what providers read: the variables that may be set, each with its kind."""
    from provider_sdk import PROVIDER_REGISTRY, RegistryError

    known: dict[str, str] = {}
    for name in PROVIDER_REGISTRY:
        try:
            factory = PROVIDER_REGISTRY[name]
        except RegistryError:
            continue  # what cannot be loaded reads nothing
        for attribute in dir(factory):  # such as base_url_env and api_key_env
            if attribute.endswith("_env"):
                kind = "address" if attribute.endswith("url_env") else "other"
                known |= dict.fromkeys(_texts(getattr(factory, attribute)), kind)
    known |= dict.fromkeys(_of_settings(user), "other")
    named = filter(_CREDENTIAL.fullmatch, _of_settings(project))
    return known | dict.fromkeys(named, "other")


def _of_settings(settings: Mapping[str, Any]) -> Iterator[str]:
    providers = settings.get("providers")
    for config in providers.values() if isinstance(providers, Mapping) else ():
        if isinstance(config, Mapping):
            yield from _texts(config.get("api_key_env"))


def _texts(value: Any) -> list[str]:
    values = value if isinstance(value, list | tuple) else [value]
    return [each for each in values if isinstance(each, str)]


def _url(value: str) -> str:
    return value if "://" in value else f"//{value}"


def _host(value: str) -> str:
    try:
        return urlsplit(_url(value)).hostname or "?"
    except ValueError:
        return "?"


_set_here: dict[str, str] = {}
"""What this process has set for a project; whatever else is set came with the environment."""


def set_missing(variables: Mapping[str, str]) -> None:
    """Set variables of this process that are not set; the environment comes first.

    Those that were set for this before, for what a project was then, are taken back.
    """
    while _set_here:
        name, value = _set_here.popitem()
        if os.environ.get(name) == value:
            del os.environ[name]
    for name, value in variables.items():
        if name not in os.environ:
            os.environ[name] = _set_here[name] = value


def set_here() -> Mapping[str, str]:
    """Return what this process has set for a project."""
    return dict(_set_here)
