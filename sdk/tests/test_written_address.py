"""How an address is written on the wire, over either HTTP library."""

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from provider_sdk._http.address import written

PATHS = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="#"), max_size=30)


def as_httpx_writes(address):
    """What httpx sends, ``None`` for what it refuses."""
    try:
        url = httpx.URL(address)
    except httpx.InvalidURL:
        return None
    return f"{url.scheme}://{url.netloc.decode()}{url.raw_path.decode()}"


def as_written(address):
    """What is sent, ``None`` for what is refused."""
    try:
        return written(address)
    except ValueError:
        return None


@given(PATHS)
@example("a b?c d=%20&e={f}|`<>\"'^[]\\")
@example("%zz/%C3%A9/../é/./x")
@example("..")
@example("../../a")
@example("a?b?c/../d")
def test_any_path_is_written_as_httpx_does(path):
    """What is encoded stays as it is, and all else is encoded once."""
    address = f"https://api.acme.example/v1/{path}"

    assert as_written(address) == as_httpx_writes(address)


@pytest.mark.parametrize(
    "base",
    [
        "http://API.acme.example",
        "https://api.acme.example:443",
        "http://api.acme.example:80",
        "https://api.acme.example:80",
        "http://api.acme.example:",
        "http://[::1]:8080",
        "http://[fd00::1%25eth0]",
        "http://127.0.0.1:11434",
        "http://1.2.3.400",
        "http://[::g]",
        "http://bücher.example",
        "http://bü--cher.-example",
        "http://a_b.example",
        "http://a!$%'b.example",
    ],
)
def test_any_host_is_written_as_httpx_does(base):
    """Names, addresses of both versions, and ports; what cannot be one is refused."""
    address = f"{base}/v1/models"

    assert as_written(address) == as_httpx_writes(address)


def test_an_address_without_a_path_has_its_root():
    """HTTP has no empty path."""
    assert written("http://api.acme.example") == "http://api.acme.example/"


def test_a_fragment_is_not_sent():
    """It means nothing to a service."""
    assert written("http://a.example/b#c?d") == "http://a.example/b"
    assert written("http://a.example/b?c#d") == "http://a.example/b?c"


@pytest.mark.parametrize("path", ["a\nb", "a\tb", "\x7f", "x" * 70_000])
def test_what_no_address_can_hold_is_refused(path):
    """A line break could begin another request."""
    with pytest.raises(ValueError, match="URL"):
        written(f"http://a.example/{path}")


def test_half_a_character_is_refused():
    """It has no bytes."""
    with pytest.raises(UnicodeEncodeError):
        written("http://a.example/\ud800")
