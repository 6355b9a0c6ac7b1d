"""Services behind proxies and TLS, over each HTTP library."""

import asyncio
import ssl
from base64 import b64encode

import pytest
import trustme
from provider_sdk import ProviderRequestError, ProviderUnavailableError
from provider_sdk._http import environment

from ._proxy import proxying
from ._server import serving
from ._service import KEY, USER, AcmeProvider, completion

pytestmark = pytest.mark.usefixtures("transport")

ANSWER = completion()
PLAIN = "http://api.acme.example/v1"
SECURE = "https://api.acme.example/v1"
CREDENTIAL = b"Basic " + b64encode("usér:p@ss".encode())


@pytest.fixture(scope="module")
def authority():
    """A certificate authority of the tests."""
    return trustme.CA()


@pytest.fixture
def tls(authority, monkeypatch, tmp_path):
    """The server's side of TLS; clients trust its authority."""
    file = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(file)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("api.acme.example", "127.0.0.1").configure_cert(context)
    return context


async def asked(base_url, calls=1):
    """The last of some answers."""
    async with AcmeProvider(api_key=KEY, base_url=base_url, max_retries=0) as provider:
        for _ in range(calls):
            text = (await provider.chat(USER)).text
    return text


async def test_a_service_behind_tls(tls):
    """Its certificate is checked against the authorities of the environment."""
    async with serving(ANSWER, tls=tls) as server:
        assert await asked(server.url, calls=2) == "Blue."

    assert server.connections == 1


async def test_a_certificate_of_another_authority(tls, monkeypatch):
    """It is refused, and the reason is told."""
    monkeypatch.delenv("SSL_CERT_FILE")
    async with serving(ANSWER, tls=tls) as server:
        with pytest.raises(ProviderUnavailableError, match="CERTIFICATE_VERIFY_FAILED") as caught:
            await asked(server.url)

    assert caught.value.unreachable
    assert server.requests == []


async def test_a_certificate_for_another_host(tls):
    """It is refused, too."""
    async with serving(ANSWER, tls=tls) as server:
        with pytest.raises(ProviderUnavailableError, match=r"not valid for|mismatch"):
            await asked(server.url.replace("127.0.0.1", "localhost"))


async def test_a_plain_service_through_a_proxy(monkeypatch):
    """It gets the whole address, and the credential for itself."""
    async with serving(ANSWER) as server, proxying(server) as proxy:
        monkeypatch.setenv("HTTP_PROXY", f"http://us%C3%A9r:p%40ss@{proxy.address}")
        assert await asked(PLAIN) == "Blue."

    (head,) = proxy.heads
    assert head.startswith(b"POST http://api.acme.example/v1/chat/completions HTTP/1.1\r\n")
    assert b"\r\nhost: api.acme.example\r\n" in head.lower()
    assert b": " + CREDENTIAL + b"\r\n" in head


async def test_a_service_behind_tls_through_a_proxy(tls, monkeypatch):
    """The proxy gets its own credential, and nothing of the service's."""
    async with serving(ANSWER, tls=tls) as server, proxying(server) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://us%C3%A9r:p%40ss@{proxy.address}")
        assert await asked(SECURE, calls=2) == "Blue."

    (head,) = proxy.heads
    assert head.startswith(b"CONNECT api.acme.example:443 HTTP/1.1\r\n")
    assert b": " + CREDENTIAL + b"\r\n" in head
    assert KEY.encode() not in head
    assert b"proxy-authorization" not in server.requests[0].lower()


async def test_a_proxy_without_a_credential_gets_none(monkeypatch):
    """Nothing is made up."""
    async with serving(ANSWER) as server, proxying(server) as proxy:
        monkeypatch.setenv("HTTP_PROXY", f"http://{proxy.address}")
        assert await asked(PLAIN) == "Blue."

    assert b"proxy-authorization" not in proxy.heads[0].lower()


@pytest.mark.parametrize("status", ["403 Forbidden", "407 Proxy Authentication Required"])
async def test_a_proxy_that_refuses_a_tunnel_is_named(tls, monkeypatch, status):
    """With its answer, and without the password."""
    refusal = f"HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n".encode()
    async with serving(ANSWER, tls=tls) as server, proxying(server, refusal) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://user:s3cret-word@{proxy.address}")
        with pytest.raises(ProviderUnavailableError) as caught:
            await asked(SECURE)

    assert f"through the proxy {proxy.address} (from the environment variable" in str(caught.value)
    assert f"({status})" in str(caught.value)
    assert "s3cret-word" not in str(caught.value)
    assert server.requests == []


async def test_a_proxy_that_is_not_one_is_told(tls, monkeypatch):
    """What it sends is not HTTP."""
    async with serving(ANSWER, tls=tls) as server, proxying(server, b"SSH-2.0-x\r\n") as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://{proxy.address}")
        with pytest.raises(ProviderUnavailableError, match="gave no answer in HTTP"):
            await asked(SECURE)


async def test_a_proxy_that_only_speaks_tls(tls, authority, monkeypatch):
    """TLS within TLS."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    async with serving(ANSWER, tls=tls) as server, proxying(server, tls=context) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"https://{proxy.address}")
        assert await asked(SECURE) == "Blue."

    assert proxy.heads[0].startswith(b"CONNECT api.acme.example:443")


async def test_a_socks_proxy_is_used_by_what_knows_it(monkeypatch):
    """Only httpx does, and it is used for such addresses."""
    monkeypatch.setenv("HTTPS_PROXY", "socks5://127.0.0.1:9")
    with pytest.raises(ProviderUnavailableError, match=r"through the proxy 127\.0\.0\.1:9"):
        await asked(SECURE)


async def test_a_socks_proxy_without_its_package_is_told(monkeypatch):
    """The error names what is missing."""
    monkeypatch.setattr(environment.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setenv("HTTPS_PROXY", "socks5://127.0.0.1:9")
    with pytest.raises(ProviderRequestError, match="socksio is missing"):
        await asked(SECURE)


async def test_no_proxy_is_heeded(monkeypatch):
    """A host that is listed is asked directly, which here cannot work."""
    async with serving(ANSWER) as server, proxying(server) as proxy:
        monkeypatch.setenv("HTTP_PROXY", f"http://{proxy.address}")
        monkeypatch.setenv("NO_PROXY", "nowhere.invalid")
        with pytest.raises(ProviderUnavailableError, match=r"nowhere\.invalid cannot be"):
            await asyncio.wait_for(asked("http://nowhere.invalid/v1"), 20)

    assert proxy.heads == []
