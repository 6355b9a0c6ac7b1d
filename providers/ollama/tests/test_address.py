"""Where Ollama is: every spelling that its server and its clients take."""

import pytest
from provider_ollama import OllamaProvider
from provider_sdk import ProviderRequestError

from ._service import KEY, Reply, Service, tags

SPELLINGS = {
    "box": "http://box:11434",
    "box:8080": "http://box:8080",
    ":8080": "http://127.0.0.1:8080",
    "127.0.0.1": "http://127.0.0.1:11434",
    "localhost:11434": "http://localhost:11434",
    "0.0.0.0": "http://127.0.0.1:11434",
    "0.0.0.0:8080": "http://127.0.0.1:8080",
    "http://0.0.0.0:8080": "http://127.0.0.1:8080",
    "::": "http://[::1]:11434",
    "[::]": "http://[::1]:11434",
    "[::]:8080": "http://[::1]:8080",
    "::1": "http://[::1]:11434",
    "[::1]": "http://[::1]:11434",
    "[fe80::7]:8080": "http://[fe80::7]:8080",
    "http://box": "http://box",
    "http://box:11434/": "http://box:11434",
    "HTTP://box:11434": "http://box:11434",
    "https://box": "https://box",
    "https://box/ollama/": "https://box/ollama",
    "box/ollama": "http://box:11434/ollama",
    "box:8080/a/b": "http://box:8080/a/b",
    "[::1]:8080/a": "http://[::1]:8080/a",
    "ollama.com": "https://ollama.com",
    "ollama.com:443": "https://ollama.com:443",
    "https://ollama.com/api": "https://ollama.com",
    "http://localhost:11434/v1": "http://localhost:11434",
    "  'box:8080'  ": "http://box:8080",
    '"box"': "http://box:11434",
}


@pytest.mark.parametrize(("spelling", "address"), SPELLINGS.items())
def test_the_variable_takes_every_spelling(monkeypatch, spelling, address):
    """OLLAMA_HOST may leave out scheme, host and port."""
    monkeypatch.setenv("OLLAMA_HOST", spelling)

    assert OllamaProvider().base_url == address


@pytest.mark.parametrize(("spelling", "address"), SPELLINGS.items())
def test_the_argument_takes_every_spelling(spelling, address):
    """The argument takes what the variable takes."""
    assert OllamaProvider(base_url=spelling).base_url == address


@pytest.mark.parametrize("blank", ["", "  "])
def test_a_blank_variable_is_the_default(monkeypatch, blank):
    """Without an address it is this machine."""
    monkeypatch.setenv("OLLAMA_HOST", blank)

    assert OllamaProvider().base_url == "http://127.0.0.1:11434"


@pytest.mark.parametrize(
    "address", ["box:port", "box:99999", "ftp://box", "user:secret@box", "box?key=secret", "a b"]
)
def test_an_address_that_makes_no_sense_is_named_and_not_repeated(monkeypatch, address):
    """The error names the variable, and never its value, which may hold a credential."""
    monkeypatch.setenv("OLLAMA_HOST", address)

    with pytest.raises(ProviderRequestError, match="OLLAMA_HOST") as caught:
        OllamaProvider()

    assert "secret" not in str(caught.value)
    with pytest.raises(ValueError, match="base URL"):
        OllamaProvider(base_url=address)


async def test_paths_are_appended_to_the_address():
    """Behind a proxy the paths follow that of the address."""
    service = Service()
    service.scripts["/ollama/api/tags"] = Reply(tags("a"))

    assert await service.provider(base_url="box/ollama").list_models() == ["a"]


async def test_the_key_is_sent_as_bearer_token(monkeypatch):
    """OLLAMA_API_KEY is sent; without one, no such header is."""
    service = Service(tags=Reply(tags("a")))
    await service.provider().list_models()
    monkeypatch.setenv("OLLAMA_API_KEY", KEY)
    await service.provider().list_models()

    without, with_key = (request.headers for request in service.requests)
    assert "authorization" not in without
    assert with_key["authorization"] == f"Bearer {KEY}"


def test_a_key_in_the_place_of_the_address_is_not_shown():
    """The representation hides a key that was taken for a host."""
    assert KEY not in repr(OllamaProvider(api_key=KEY, base_url=KEY))
