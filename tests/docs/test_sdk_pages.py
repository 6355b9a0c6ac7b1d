"""What the pages in ``docs/sdk`` say in tables and drawings is what the code has."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator

import provider_sdk
import pytest
from provider_sdk import (
    BaseProvider,
    HttpProvider,
    PreparedProvider,
    ProviderError,
    StreamInterruptedError,
    default_hint,
    error_class_of,
)

from tests.workspace._services import ROOT

SDK = ROOT / "docs" / "sdk"
ERRORS = (SDK / "errors.md").read_text(encoding="utf-8")
WRITING = (SDK / "writing.md").read_text(encoding="utf-8")
BASES = (BaseProvider, PreparedProvider, HttpProvider)


def children(kind: type[ProviderError]) -> list[type[ProviderError]]:
    """Return the public errors directly below one; below the first, if there are two bases."""
    return [
        each
        for each in kind.__subclasses__()
        if each.__name__ in provider_sdk.__all__ and each.__bases__[0] is kind
    ]


def drawn(kind: type[ProviderError], indent: str = "") -> Iterator[str]:
    """Yield the lines of the tree below an error."""
    below = children(kind)
    for child in below:
        is_last = child is below[-1]
        yield f"{indent} {'└─' if is_last else '├─'} {child.__name__}"
        yield from drawn(child, indent + ("    " if is_last else " │  "))


def all_errors() -> list[type[ProviderError]]:
    """Return every public error."""
    found = (getattr(provider_sdk, name) for name in provider_sdk.__all__)
    return [each for each in found if isinstance(each, type) and issubclass(each, ProviderError)]


def test_the_tree_of_errors_is_that_of_the_classes() -> None:
    """The page draws every error below the class that catches it."""
    tree = "\n".join(["ProviderError", *drawn(ProviderError)])

    assert f"```text\n{tree}\n```" in ERRORS


@pytest.mark.parametrize("kind", all_errors())
def test_an_error_is_explained(kind: type[ProviderError]) -> None:
    """Its row has the first sentence of its docstring, and the hint that it comes with."""
    row = re.search(rf"^\| \[`{kind.__name__}`\]\S+ \| (.*) \| (.*) \|$", ERRORS, re.MULTILINE)
    assert row
    summary = str(inspect.getdoc(kind)).partition("\n\n")[0]

    assert row[1] == summary.replace("\n", " ").replace("``", "`")
    hint = None if issubclass(kind, StreamInterruptedError) else default_hint(kind("?"))
    assert row[2] == hint if hint else row[2].endswith(".")


def test_statuses_mean_what_is_said() -> None:
    """The table has the error of every status that has one of its own."""
    rows = dict(re.findall(r"^\| (\d{3}) \| `(\w+)` \|$", ERRORS, re.MULTILINE))
    known = {
        str(status): error_class_of(status).__name__
        for status in range(400, 600)
        if error_class_of(status) is not error_class_of(400 if status < 500 else 500)
    }

    assert rows == known
    assert f"| another 4xx | `{error_class_of(400).__name__}` |" in ERRORS
    assert f"| another 5xx | `{error_class_of(500).__name__}` |" in ERRORS


def rows_of(text: str) -> dict[str, tuple[str, str]]:
    """Return, by name, the class that a row links to, and the row's second cell."""
    found = re.findall(
        r"^\| \[`(\w+)`\]\[provider_sdk\.(\w+)\.\w+\] \| (.*?) \|", text, re.MULTILINE
    )
    return {name: (kind, cell) for name, kind, cell in found}


def own_names(kind: type[BaseProvider]) -> set[str]:
    """Return the public names that a class defines, and none of its bases."""
    names = {*vars(kind), *inspect.get_annotations(kind)}
    inherited = {name for base in kind.__mro__[1:] for name in dir(base)}
    return {name for name in names - inherited if not name.startswith("_")}


def is_call(name: str) -> bool:
    """Whether callers of providers use it, so that it is on the page for them."""
    return callable(getattr(BaseProvider, name, None))


@pytest.mark.parametrize("kind", BASES)
def test_what_a_provider_has_is_in_the_tables(kind: type[BaseProvider]) -> None:
    """Every attribute and hook of a base class has a row that links to that class."""
    listed = {name for name, (owner, _) in rows_of(WRITING).items() if owner == kind.__name__}

    assert listed == {name for name in own_names(kind) if not is_call(name)}


def test_defaults_are_those_of_the_classes() -> None:
    """The table of attributes has the default of each."""
    table = WRITING.partition("## Attributes")[2].partition("## Hooks")[0]
    defaults = {
        name: getattr(getattr(provider_sdk, owner), name, None)
        for name, (owner, _) in rows_of(table).items()
    }

    for name, (owner, cell) in rows_of(table).items():
        has_default = hasattr(getattr(provider_sdk, owner), name)
        assert cell == (f"`{defaults[name]!r}`" if has_default else "-"), name


def test_limits_are_those_of_the_code() -> None:
    """The page of time has the deadline, the idle limit and the retries that are the default."""
    text = (SDK / "time.md").read_text(encoding="utf-8")
    given = inspect.signature(HttpProvider).parameters
    cells = re.findall(r"^\| a .*? \| (\d+) s \| .*`(timeout|idle_limit_s)", text, re.MULTILINE)

    assert {name: float(seconds) for seconds, name in cells} == {
        "timeout": given["timeout"].default,
        "idle_limit_s": PreparedProvider.idle_limit_s,
    }
    assert given["max_retries"].default == 2
    assert "is tried again, twice by default" in text
