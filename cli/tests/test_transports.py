"""Which HTTP library sends requests, and how the command tells."""

import json

import httpx
import provider_sdk
import pytest
from ollama_cli.choosing.routing import make_router
from ollama_cli.doctor import transports
from ollama_cli.settings.files import Settings
from provider_sdk import TransportChoice, describe_transport, prefer_transport


@pytest.fixture(autouse=True)
def no_preference():
    """What a command chose ends with its test."""
    before = prefer_transport(None)
    yield
    prefer_transport(before)


def test_version_tells_more(invoke) -> None:
    """The SDK, Python, and the libraries of questions and of batches."""
    lines = invoke("version", "-v").stdout.splitlines()

    assert lines[1] == f"SDK {provider_sdk.__version__}"
    assert lines[3].startswith(f"transport: httpx {httpx.__version__}, for batch aiohttp 3.")


def test_version_tells_more_to_programs(invoke) -> None:
    """With the reason."""
    found = json.loads(invoke("version", "-v", "--format", "json").stdout)

    assert found["transport"]["questions"] == f"httpx {httpx.__version__}"
    assert found["transport"]["batch"].startswith("aiohttp 3.")
    assert "starts sooner" in found["transport"]["reason"]


def test_telling_changes_nothing() -> None:
    """Whoever looks chooses no library by it."""
    transports.transport()

    assert prefer_transport(None) is None


def test_without_aiohttp_the_line_says_how_to_get_it(monkeypatch) -> None:
    """Both are httpx then."""
    choice = TransportChoice("httpx", "0.28.1", "aiohttp is not installed")
    monkeypatch.setattr(transports, "describe_transport", lambda: choice)

    line = transports.line_of(transports.transport())
    assert line == (
        "httpx 0.28.1 (aiohttp is not installed; pip install 'provider-contract-cli[fast]' makes "
        "batches faster)"
    )


@pytest.mark.parametrize(("many_calls", "library"), [(False, "httpx"), (True, "aiohttp")])
def test_a_router_is_made_for_few_calls_or_many(many_calls, library) -> None:
    """Few are not worth the import of aiohttp."""
    make_router(Settings(), many_calls=many_calls)

    assert describe_transport().name == library
