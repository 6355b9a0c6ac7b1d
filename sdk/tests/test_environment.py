"""Proxies and certificates of the environment."""

import os

import pytest
from provider_sdk import ProviderError, ProviderRequestError, ProviderUnavailableError
from provider_sdk._http import environment
from provider_sdk._http.environment import is_loopback, proxy_for

from ._server import answering, serving
from ._service import KEY, USER, AcmeProvider, completion

pytestmark = pytest.mark.usefixtures("transport")

ANSWER = completion()
SERVICE = "https://api.acme.example/v1"


@pytest.fixture(autouse=True)
def _clean(monkeypatch):
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)


async def answer_of_this_machine():
    """What a service on loopback answers."""
    async with serving(ANSWER) as server:
        provider = AcmeProvider(api_key=KEY, base_url=server.url)
        async with provider:
            return (await provider.chat(USER)).text


@pytest.mark.parametrize(
    ("variable", "value", "expected"),
    [
        ("HTTPS_PROXY", "http://proxy.example:3128", "http://proxy.example:3128"),
        ("https_proxy", "proxy.example:3128", "http://proxy.example:3128"),
        ("ALL_PROXY", "https://proxy.example", "https://proxy.example"),
        ("HTTP_PROXY", "http://proxy.example", None),
    ],
)
def test_the_proxy_of_the_scheme_is_found(monkeypatch, variable, value, expected):
    """A host and a port are enough; the one for all schemes counts last."""
    monkeypatch.setenv(variable, value)
    found = proxy_for(SERVICE)
    assert (found and found.url) == expected


@pytest.mark.parametrize(
    "listed",
    [
        "api.acme.example",
        "acme.example",
        ".acme.example",
        "*.acme.example",
        "other, ACME.example ",
        "*",
        "api.acme.example:8443, api.acme.example",
        "https://api.acme.example",
    ],
)
def test_a_listed_host_uses_no_proxy(monkeypatch, listed):
    """By its name, by a domain that it is in, or because all are listed."""
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example")
    monkeypatch.setenv("NO_PROXY", listed)
    assert proxy_for(SERVICE) is None


@pytest.mark.parametrize(
    "listed", ["acme.exampl", "xapi.acme.example", "pi.acme.example", ",,", "["]
)
def test_another_host_uses_the_proxy(monkeypatch, listed):
    """A part of a name is not a domain."""
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example")
    monkeypatch.setenv("NO_PROXY", listed)
    assert proxy_for(SERVICE) is not None


@pytest.mark.parametrize(
    ("url", "listed", "direct"),
    [
        ("http://[fd00::1]/v1", "fd00::/8", True),
        ("http://[fd00::1]:80/v1", "[fd00::1]", True),
        ("http://[fd00::1]:80/v1", "[fd00::1]:80", True),
        ("http://[fd00::1]:81/v1", "[fd00::1]:80", False),
        ("http://[fd00::1]/v1", "fd00:0::1", True),
        ("http://10.1.2.3/v1", "10.0.0.0/8", True),
        ("http://10.1.2.3:8080/v1", "10.1.2.3:8080", True),
        ("http://10.1.2.3:8081/v1", "10.1.2.3:8080", False),
        ("http://11.1.2.3/v1", "10.0.0.0/8", False),
        ("http://host.example/v1", "10.0.0.0/8", False),
        ("http://host.example/v1", "::1/128", False),
        ("http://host.example/v1", "nonsense/nonsense", False),
        ("http://host.example/v1", "http://host.example", True),
        ("http://host.example/v1", "HTTP://host.example/", True),
        ("http://host.example/v1", "all://host.example", True),
        ("http://host.example/v1", "https://host.example", False),
        ("http://host.example/v1", "ftp://host.example", False),
        ("http://host.example/v1", "http://host.example:80", True),
        ("http://host.example/v1", "host.example:80", True),
        ("http://host.example:8080/v1", "http://host.example:80", False),
        ("http://a.host.example/v1", "http://host.example", False),
        ("http://a.host.example/v1", "http://*.host.example", True),
        ("http://[fd00::1]/v1", "http://[fd00::1]", True),
        ("http://[fd00::1]/v1", "https://[fd00::1]", False),
    ],
)
def test_addresses_and_networks_can_be_listed(monkeypatch, url, listed, direct):
    """Also those of version 6, with brackets or without; a scheme means only this scheme."""
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example")
    monkeypatch.setenv("NO_PROXY", listed)
    assert (proxy_for(url) is None) == direct


def test_an_entry_for_http_says_nothing_of_https(monkeypatch):
    """The HTTP library reads it so too."""
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example")
    monkeypatch.setenv("NO_PROXY", "http://api.acme.example")
    assert proxy_for(SERVICE) is not None


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost", True),
        ("app.localhost", True),
        ("127.0.0.1", True),
        ("127.8.9.1", True),
        ("::1", True),
        ("10.0.0.1", False),
        ("localhost.example", False),
        ("127.example", False),
        ("1st.example", False),
        ("", False),
    ],
)
def test_this_machine_is_known_by_its_addresses(host, expected):
    """By name or by number."""
    assert is_loopback(host) == expected


async def test_a_service_on_this_machine_is_asked_directly(monkeypatch):
    """Whatever proxy the environment names."""
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("HTTP_PROXY", "socks://nonsense")
    assert await answer_of_this_machine() == "Blue."


@pytest.mark.parametrize(
    "value",
    [
        "socks://proxy.example:1080",
        "ftp://proxy.example",
        "http://proxy.example:99999",
        "http://proxy.example:port",
        "http://[::1",
        "http://",
        "http://user:s3cret-word@",
        "http://a b",
        "socks5://proxy.example",
    ],
)
async def test_a_proxy_that_cannot_be_used_is_named_by_its_variable(monkeypatch, value):
    """In an error of the contract that does not repeat the value; health is false."""
    monkeypatch.setattr(environment.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setenv("ALL_PROXY", value)
    async with AcmeProvider(api_key=KEY) as provider:
        with pytest.raises(ProviderRequestError, match="environment variable ALL_PROXY") as caught:
            await provider.chat(USER)
        assert await provider.health_check() is False

    assert "s3cret-word" not in str(caught.value)


async def test_a_proxy_of_the_system_is_named_so(monkeypatch):
    """No variable is blamed that is not set."""
    monkeypatch.setattr(environment, "getproxies", lambda: {"https": "socks://a.example"})
    with pytest.raises(ProviderRequestError, match="the system's settings"):
        proxy_for(SERVICE)


async def test_a_dead_proxy_is_named(monkeypatch):
    """The address of the service is not what is wrong."""
    monkeypatch.setenv("HTTPS_PROXY", "http://user:s3cret-word@127.0.0.1:9")
    async with AcmeProvider(api_key=KEY, max_retries=0) as provider:
        with pytest.raises(ProviderUnavailableError) as caught:
            await provider.chat(USER)

    message = str(caught.value)
    assert "through the proxy 127.0.0.1:9 (from the environment variable HTTPS_PROXY)" in message
    assert "s3cret-word" not in message


@pytest.mark.parametrize("content", [None, b"", b"not a certificate", b"\xff" * 100])
async def test_certificates_that_cannot_be_read_are_named_by_their_variable(
    monkeypatch, tmp_path, content
):
    """Also a file that is not there."""
    file = tmp_path / "certificates.pem"
    if content is not None:
        file.write_bytes(content)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    async with AcmeProvider(api_key=KEY) as provider:
        with pytest.raises(ProviderRequestError, match="environment variable SSL_CERT_FILE"):
            await provider.chat(USER)
        assert await provider.health_check() is False


async def test_a_folder_of_certificates_that_is_missing_is_named(monkeypatch, tmp_path):
    """By its variable."""
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path / "none"))
    async with AcmeProvider(api_key=KEY) as provider:
        with pytest.raises(ProviderRequestError, match="SSL_CERT_DIR"):
            await provider.list_models()


async def test_a_folder_of_certificates_is_used(monkeypatch, tmp_path):
    """One of several that are listed is enough."""
    monkeypatch.setenv("SSL_CERT_DIR", f"{tmp_path / 'none'}{os.pathsep}{tmp_path}")
    assert environment.tls_context() is environment.tls_context()


async def test_the_environment_says_nothing_of_a_service_without_tls(monkeypatch, tmp_path):
    """Certificates are read where they are needed."""
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none"))
    assert await answer_of_this_machine() == "Blue."


async def test_probe_is_false_whatever_the_environment_says(monkeypatch):
    """It never raises."""
    monkeypatch.setenv("HTTPS_PROXY", "socks://a.example")
    health = await AcmeProvider.probe(api_key=KEY)

    assert not health.ok
    assert "HTTPS_PROXY" in health.reason
    assert isinstance(health.error, ProviderError)


async def test_a_key_log_that_cannot_be_written_is_named(monkeypatch, tmp_path):
    """Python would raise for it without a word about the variable."""
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / "none" / "keys"))
    async with AcmeProvider(api_key=KEY) as provider:
        with pytest.raises(ProviderRequestError, match="environment variable SSLKEYLOGFILE"):
            await provider.chat(USER)


async def test_a_key_log_that_can_be_written_is_no_fault(monkeypatch, tmp_path):
    """Whoever debugs connections may have one."""
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / "keys"))
    assert environment.tls_context() is not None


@pytest.mark.parametrize("value", [" http://127.0.0.1:9 ", "http://127.0.0.1:9\n"])
def test_blanks_around_a_proxy_are_passed_over(monkeypatch, value):
    """They come from files of settings."""
    monkeypatch.setenv("HTTPS_PROXY", value)
    assert proxy_for(SERVICE).url == "http://127.0.0.1:9"


async def test_a_proxy_that_only_the_http_library_refuses_is_named(monkeypatch):
    """Without its address, which may hold a password."""
    monkeypatch.setenv("HTTPS_PROXY", "http://999.1.1.1:9")
    async with AcmeProvider(api_key=KEY, max_retries=0) as provider:
        with pytest.raises(ProviderError, match="HTTPS_PROXY") as caught:
            await provider.chat(USER)
    assert isinstance(caught.value, ProviderRequestError)


@pytest.mark.parametrize(
    "host", ["127.1", "2130706433", "0.0.0.0", "::", "::ffff:127.0.0.1", "0177.0.0.1"]
)
def test_every_spelling_of_this_machine_is_known(host):
    """Systems complete short addresses, and take version 4 within version 6."""
    assert is_loopback(host)


async def test_a_proxy_that_wants_another_password_is_named(monkeypatch):
    """On plain HTTP its refusal looks like an answer of the service."""
    async with serving(answering({}, 407)) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url.removesuffix("/v1"))
        service = AcmeProvider(api_key=KEY, base_url="http://api.acme.example/v1", max_retries=0)
        async with service:
            with pytest.raises(ProviderUnavailableError, match="through the proxy 127"):
                await service.chat(USER)
