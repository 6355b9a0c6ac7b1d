"""What importing costs."""

import pickle
import subprocess
import sys
from pathlib import Path
from typing import get_type_hints

import provider_sdk
import pytest

SOURCE = Path(provider_sdk.__file__).parent


def _imported_by(*statements):
    """The modules that a fresh interpreter has after the statements."""
    code = "; ".join([*statements, "import sys", "print(*sys.modules)"])
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    return set(result.stdout.split())


@pytest.mark.parametrize(
    "statement",
    [
        "import provider_sdk",
        "import provider_sdk.sync",
        "import provider_sdk.testing",
        "import provider_sdk.decoding",
        "import provider_sdk.chat_completions",
    ],
)
def test_importing_loads_no_http_library(statement):
    """Httpx is loaded when a provider is built, and tools for tests never."""
    loaded = _imported_by(statement)

    for name in (
        "httpx",
        "httpcore",
        "aiohttp",
        "anyio",
        "h11",
        "click",
        "rich",
        "pytest",
        "hypothesis",
    ):
        assert name not in loaded


def test_importing_loads_no_provider():
    """The SDK knows none by import."""
    found = {name for name in _imported_by("import provider_sdk") if name.startswith("provider_")}

    assert {name.partition(".")[0] for name in found} == {"provider_sdk"}


def test_listing_providers_loads_none():
    """Neither their modules nor httpx."""
    loaded = _imported_by("import provider_sdk", "list(provider_sdk.PROVIDER_REGISTRY)")

    assert "httpx" not in loaded
    assert not {n for n in loaded if n.startswith("provider_") and not n.startswith("provider_sdk")}


def test_a_fake_needs_no_http_library():
    """Applications are tested without it."""
    loaded = _imported_by(
        "import asyncio",
        "from provider_sdk.testing import FakeProvider",
        "asyncio.run(FakeProvider('Blue.').complete('?'))",
    )

    assert "httpx" not in loaded


@pytest.mark.parametrize(
    ("name", "module"),
    [
        ("Budgets", "_accounting.budgets"),
        ("Health", "_health"),
        ("ManagesModels", "_managing"),
        ("ModelInfo", "_models"),
        ("Outlook", "_routing.outlook"),
        ("Price", "_accounting.price"),
        ("UsageRow", "_accounting.rows"),
        ("check_health", "_routing.health"),
        ("count_tokens", "_accounting.counting"),
        ("describe_providers", "_routing.catalogue"),
        ("estimate_tokens", "_accounting.estimate"),
        ("unsent_requests", "_unsent"),
    ],
)
def test_what_a_call_does_not_need_is_imported_when_it_is_asked_for(name, module):
    """As all modules make a command start later, most need only some."""
    module = f"provider_sdk.{module}"

    assert module not in _imported_by("import provider_sdk")
    assert module in _imported_by(f"from provider_sdk import {name}")


def test_all_names_are_listed():
    """Also those that are imported later, as an interactive session completes them."""
    assert set(provider_sdk.__all__) <= set(dir(provider_sdk))


def test_other_names_are_unknown():
    """The error is that of any module."""
    with pytest.raises(AttributeError, match="'provider_sdk' has no attribute 'nothing'"):
        _ = provider_sdk.nothing


@pytest.mark.parametrize("library", ["httpx", "aiohttp"])
def test_one_module_needs_an_http_library(library):
    """A later move to another library costs one file; what chooses imports neither before."""
    importing = [
        path.name
        for path in SOURCE.rglob("*.py")
        for line in path.read_text().splitlines()
        if line.startswith((f"import {library}", f"from {library}"))
    ]

    assert set(importing) == {f"over_{library}.py"}


@pytest.mark.parametrize(("used", "unused"), [("aiohttp", "httpx"), ("httpx", "aiohttp")])
def test_a_provider_loads_one_http_library(used, unused):
    """The other one costs nothing."""
    loaded = _imported_by(
        "from provider_sdk import OpenAICompatibleProvider",
        "kind = type('Acme', (OpenAICompatibleProvider,), {'name': 'acme', 'base_url': 'http://a.example'})",
        f"kind(transport={used!r}, api_key='k')",
    )

    assert used in loaded
    assert unused not in loaded


def test_everything_public_is_there():
    """Each name of ``__all__`` exists, once, in order."""
    assert len(set(provider_sdk.__all__)) == len(provider_sdk.__all__)
    for name in provider_sdk.__all__:
        assert getattr(provider_sdk, name) is not None


EXPORTED = [name for name in provider_sdk.__all__ if isinstance(getattr(provider_sdk, name), type)]


@pytest.mark.parametrize("name", EXPORTED)
def test_an_exported_class_says_where_it_is_imported_from(name):
    """Tracebacks show ``provider_sdk.ProviderAuthError``, not a private module."""
    exported = getattr(provider_sdk, name)

    assert exported.__module__ == "provider_sdk"
    assert pickle.loads(pickle.dumps(exported)) is exported


@pytest.mark.parametrize("name", EXPORTED)
def test_type_hints_of_an_exported_class_resolve(name):
    """Libraries that read annotations at run time find every name that they use."""
    assert get_type_hints(getattr(provider_sdk, name)) is not None


def test_it_is_typed():
    """Type checkers read the package's own annotations."""
    assert (SOURCE / "py.typed").exists()
