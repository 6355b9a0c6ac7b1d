"""Checks the answers: one sentence says what is wrong and what to do."""

from __future__ import annotations

import builtins
import keyword
import re
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from provider_scaffold._address import address_problem
from provider_scaffold._checkout import known_capabilities, members, missing_wheel
from provider_scaffold._protocols import PROTOCOLS
from provider_scaffold._text import has_braces, identifier, shown
from provider_scaffold._variables import variable_owner

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_PACKAGE = re.compile(r"[a-z][a-z0-9_]*")
_CLASS = re.compile(r"[A-Z][A-Za-z0-9]*")
_FILE = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_MODEL = re.compile(r"[^\s\"'\\]+")
# tox takes such a part of an environment's name as the interpreter to run it with.
_INTERPRETER = re.compile(r"(py|pypy|cpython|jython|graalpy|rustpython|ironpython)\d*")
# Up to these lengths, no line of a bake is too long for its linter.
_LONGEST = {
    "provider_name": 28,
    "package_name": 50,
    "class_name": 36,
    "project_slug": 80,
    "distribution_name": 55,
    "credential_variable": 60,
    "base_url": 80,
    "default_model": 75,
    "description": 200,
    "author": 100,
    "capabilities": 500,
}
# The contract's own providers, whether or not this checkout has them already.
_NAMES = {"hf", "ollama", "claude", "gemini", "codex", "openai"}
_PACKAGES = {f"provider_{name}" for name in ("anthropic", "gemini", "huggingface", "ollama")}
_PACKAGES |= {"provider_openai", "provider_scaffold", "tests"}
# What a bake installs by name for itself, its tests and its tools.
_INSTALLED = {
    *("coverage", "hatch", "hatchling", "httpx", "hypothesis", "jsonschema", "msgspec", "mypy"),
    *("pip", "pluggy", "pytest", "pytest_asyncio", "respx", "ruff", "setuptools", "tox"),
    *("uv", "virtualenv", "wheel"),
}
# Each is the name of one of our own packages, or will be.
_OWN = {"anthropic", "cli", "conformance", "huggingface", "ollama", "openai", "scaffold", "sdk"}
_NEEDS = {"parallel_tools": "tools", "usage_in_stream": "streaming"}


def problem(answers: Mapping[str, Any], bound: set[str]) -> str | None:
    """Return the first problem, or ``None``; ``bound`` are names that no class may have."""
    return next(_problems({name: str(value) for name, value in answers.items()}, bound), None)


def capabilities_in(text: str) -> list[str]:
    """Return the capabilities in an answer, known ones first, in the contract's order."""
    found = {word.strip() for word in text.split(",")} - {"", "none"}
    known = [word for word in known_capabilities() if word in found]
    return [*known, *sorted(found - set(known))]


def _problems(answers: dict[str, str], bound: set[str]) -> Iterator[str]:
    yield from _of_all(answers)
    yield from _of_name(answers["provider_name"])
    yield from _of_names(answers)
    yield from _of_class(answers["class_name"], bound)
    yield from _of_clashes(answers)
    yield from _of_service(answers)
    yield from _of_credential(answers)
    yield from _of_capabilities(answers["capabilities"], answers["protocol"])
    if wheel := missing_wheel(PROTOCOLS[answers["protocol"]]):
        yield (
            f"PROVIDER_SCAFFOLD_WHEELS names a folder without the wheel {wheel}; "
            "build it there, or unset the variable."
        )


def _of_all(answers: dict[str, str]) -> Iterator[str]:
    for name, longest in _LONGEST.items():
        text = answers[name]
        if name == "credential_variable" and answers["credential"] == "none":
            continue  # nothing holds it
        if not text.strip() and name != "capabilities":
            yield f"{name} is empty; give it a value."
        if not text.isprintable():
            yield f"{name} {shown(text)} holds a character that cannot be printed; leave it out."
        if has_braces(text):
            yield f"{name} {shown(text)} holds {{{{, {{% or {{#; leave them out."
        if len(text) > longest:
            yield f"{name} {shown(text)} is {len(text)} characters long; use at most {longest}."


def _of_name(name: str) -> Iterator[str]:
    if not _NAME.fullmatch(name):
        better = identifier(name).replace("_", "-")
        such_as = better if _NAME.fullmatch(better) else "acme"
        yield (
            f"provider_name {shown(name)} is not a valid provider name; use lower-case letters and "
            f"digits, with single hyphens between them, such as {such_as}."
        )
    if kind := _taken_by_python(identifier(name)):
        yield f"provider_name {shown(name)} is {kind}; choose another name."
    if any(_INTERPRETER.fullmatch(part) for part in name.split("-")):
        yield (
            f"provider_name {shown(name)} would make tox look for another Python in "
            f"conformance-{name}; choose another name."
        )


def _of_names(answers: dict[str, str]) -> Iterator[str]:
    package = answers["package_name"]
    if not _PACKAGE.fullmatch(package):
        yield (
            f"package_name {shown(package)} is not a valid package name; use lower-case letters, "
            "digits and underscores."
        )
    if kind := _taken_by_python(package):
        yield f"package_name {shown(package)} is {kind}; choose another name."
    for what in ("project_slug", "distribution_name"):
        if not _FILE.fullmatch(answers[what]):
            yield (
                f"{what} {shown(answers[what])} is not valid; use letters, digits, dots, "
                "hyphens and underscores, and begin and end with a letter or digit."
            )


def _of_class(name: str, bound: set[str]) -> Iterator[str]:
    if not _CLASS.fullmatch(name):
        yield f"class_name {shown(name)} is not a valid class name; use one such as AcmeProvider."
    stem = name.removesuffix("Provider")
    if not stem:
        yield "class_name 'Provider' does not say whose it is; use one such as AcmeProvider."
    made = {name, *(f"{stem}{kind}" for kind in ("CompatibleProvider", "Dialect", "Wire"))}
    if taken := sorted(made & (bound | set(dir(builtins)) | set(keyword.kwlist))):
        yield (
            f"class_name {shown(name)} makes a second {taken[0]} in the code around it; "
            "choose another class_name."
        )


def _of_clashes(answers: dict[str, str]) -> Iterator[str]:
    if answers["provider_name"] in _OWN:
        yield (
            f"provider_name {shown(answers['provider_name'])} is taken by the contract's own "
            "packages; choose another provider_name."
        )
    names, packages, distributions = _taken(answers["project_slug"])
    if answers["provider_name"] in names:
        yield (
            f"there is a provider {shown(answers['provider_name'])} already; "
            "choose another provider_name."
        )
    if answers["package_name"] in packages:
        yield (
            f"there is a package {shown(answers['package_name'])} already; "
            "choose another provider_name or package_name."
        )
    if identifier(re.sub(r"[-_.]+", "-", answers["distribution_name"])) in distributions:
        yield (
            f"there is a distribution {shown(answers['distribution_name'])} already; "
            "choose another provider_name or distribution_name."
        )


def _taken(slug: str) -> tuple[set[str], set[str], set[str]]:
    """Return the names of providers, packages and distributions that others have."""
    names, packages, distributions = set(_NAMES), set(_PACKAGES), set(_INSTALLED)
    for folder, project in members():
        if folder.parent.name == "providers" and folder.name == slug:
            continue  # the same provider again, over the first
        distributions.add(identifier(project["name"]))
        names |= project.get("entry-points", {}).get("provider_sdk.providers", {}).keys()
        packages |= {path.parent.name for path in folder.glob("src/*/__init__.py")}
        required = {identifier(_required(line)) for line in project.get("dependencies", ())}
        packages |= required
        distributions |= required
    return names, packages, distributions


def _of_service(answers: dict[str, str]) -> Iterator[str]:
    if wrong := address_problem(answers["base_url"], PROTOCOLS[answers["protocol"]].endpoints):
        yield f"base_url {wrong}; it must look like https://host/path."
    if not _MODEL.fullmatch(answers["default_model"]):
        yield (
            f"default_model {shown(answers['default_model'])} is not a valid model id; write it "
            "without spaces, quotes and backslashes."
        )


def _of_credential(answers: dict[str, str]) -> Iterator[str]:
    variable = answers["credential_variable"]
    if answers["credential"] == "none":
        return
    if not _VARIABLE.fullmatch(variable):
        yield (
            f"credential_variable {shown(variable)} is not a valid variable name; use "
            "letters, digits and underscores, such as ACME_API_KEY."
        )
    if variable == f"{identifier(answers['provider_name']).upper()}_BASE_URL":
        yield f"credential_variable {variable} holds the base URL; choose another variable."
    if owner := variable_owner(variable):
        yield f"credential_variable {variable} is read by {owner}; choose another variable."


def _of_capabilities(text: str, protocol: str) -> Iterator[str]:
    known, declared = known_capabilities(), capabilities_in(text)
    for word in declared:
        if word not in known:
            yield (
                f"capabilities has {shown(word)}, which is not a capability of the contract; "
                f"those are {', '.join(known)}."
            )
        if word in PROTOCOLS[protocol].lacks:
            yield f"capabilities has {word}, which this protocol cannot express; leave it out."
        if word in _NEEDS and _NEEDS[word] not in declared:
            yield f"capabilities has {word} without {_NEEDS[word]}; add that, or leave both out."


def _taken_by_python(name: str) -> str | None:
    if keyword.iskeyword(name):
        return "a keyword of Python"
    return "a module of Python's standard library" if name in sys.stdlib_module_names else None


def _required(requirement: str) -> str:
    return re.split(r"[^A-Za-z0-9._-]", requirement, maxsplit=1)[0]
