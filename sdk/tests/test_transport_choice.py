"""Which HTTP library sends the requests of a provider."""

import subprocess
import sys

import httpx
import pytest
from provider_sdk import ProviderRouter, describe_transport, prefer_transport
from provider_sdk._http import choosing

from ._registering import registered
from ._server import serving, serving_in_a_thread
from ._service import KEY, USER, AcmeProvider, completion


@pytest.fixture(autouse=True)
def found_again(over_httpx):
    """What a test hides is looked for again after it."""
    prefer_transport(None)
    choosing._problem_of_aiohttp.cache_clear()
    yield
    choosing._problem_of_aiohttp.cache_clear()


def made(**config):
    """The library of a provider."""
    return AcmeProvider(api_key=KEY, **config).transport


def hide(monkeypatch, version):
    """Replace the version of aiohttp; an exception is raised by its import."""

    def version_of(name):
        if name == "httpx":
            return httpx.__version__
        if isinstance(version, Exception):
            raise version
        return version

    monkeypatch.setattr(choosing, "_version_of", version_of)


def test_aiohttp_is_used_where_it_is_installed():
    """Nobody has to ask for it."""
    choice = describe_transport()

    assert made() == choice.name == "aiohttp"
    assert choice.version.startswith("3.")
    assert "installed" in choice.reason


def test_httpx_is_used_where_aiohttp_is_missing(monkeypatch):
    """It is always there, and the reason says what is missing."""
    monkeypatch.setattr(choosing.importlib.util, "find_spec", lambda name: None)

    assert made() == "httpx"
    assert describe_transport() == ("httpx", httpx.__version__, "aiohttp is not installed")


@pytest.mark.parametrize(
    ("version", "reason"),
    [
        ("3.13.5", "aiohttp 3.13.5 is too old"),
        ("4.0.0a1", "aiohttp 4.0.0a1 is newer than what is known to work"),
        (ImportError("no multidict"), r"aiohttp cannot be imported \(no multidict\)"),
    ],
)
def test_httpx_is_used_if_aiohttp_cannot_be(monkeypatch, version, reason):
    """What is wrong with aiohttp is told to who asks for it."""
    hide(monkeypatch, version)

    assert made() == "httpx"
    with pytest.raises(ValueError, match=rf"transport cannot be 'aiohttp': {reason} \(pip"):
        made(transport="aiohttp")


@pytest.mark.parametrize("name", ["httpx", "aiohttp"])
def test_a_provider_may_name_its_library(name):
    """The argument comes before everything else."""
    prefer_transport("httpx")

    assert made(transport=name) == name


@pytest.mark.parametrize("name", ["curl", "", 1, ["httpx"]])
def test_another_library_is_refused(name):
    """The error names those that there are."""
    with pytest.raises(ValueError, match="must be 'aiohttp' or 'httpx'"):
        made(transport=name)


def test_a_program_may_prefer_a_library():
    """For all providers that it makes from then on."""
    assert prefer_transport("httpx") is None
    assert made() == "httpx"
    assert describe_transport() == ("httpx", httpx.__version__, "this program chose it")
    assert prefer_transport(None) == "httpx"


@pytest.mark.parametrize("name", [None, "aiohttp"])
async def test_an_injected_client_means_httpx(name):
    """It is a client of httpx."""
    async with httpx.AsyncClient() as client:
        assert made(http_client=client, transport=name) == "httpx"


def test_a_router_passes_the_name_on():
    """As it does every argument of a constructor."""
    with registered({"acme": AcmeProvider}):
        provider = ProviderRouter({}).make_provider("acme", api_key=KEY, transport="httpx")

    assert provider.transport == "httpx"


async def test_both_libraries_send_the_same_bytes():
    """A service cannot tell them apart."""
    heads = []
    for name in ("httpx", "aiohttp"):
        async with serving(completion()) as server:
            async with AcmeProvider(api_key=KEY, base_url=server.url, transport=name) as provider:
                await provider.chat(USER, extra_headers={"X-Trace": "a  b"})
            heads.append(server.requests[0].replace(server.url[7:-3].encode(), b"HOST"))

    assert heads[0] == heads[1]


async def test_both_libraries_prepare_the_same_request():
    """What is shown before it is sent does not depend on the library."""
    from provider_sdk import HttpRequest, unsent_requests

    kept = []
    for name in ("httpx", "aiohttp"):
        async with AcmeProvider(api_key=KEY, transport=name) as provider:
            with unsent_requests() as requests:
                await provider.chat(USER)
            with unsent_requests() as lists:
                await provider.open(
                    HttpRequest("GET", "/models?a=b c", base_url="http://é.example:8")
                )
            with unsent_requests() as posts:
                await provider.open(HttpRequest("POST", "/load"))
        kept.append([*requests, *lists, *posts])

    assert kept[0] == kept[1]
    assert kept[0][1].url == "http://xn--9ca.example:8/models?a=b%20c"


DISORDER = """
import asyncio, gc, sys
from provider_sdk import OpenAICompatibleProvider

class Acme(OpenAICompatibleProvider):
    name = "acme"

provider = Acme(api_key="k", base_url=sys.argv[1], default_model="m", transport="aiohttp")
for _ in range(2):
    loop = asyncio.new_event_loop()
    print(loop.run_until_complete(provider.complete("?")))
    loop.close()
    gc.collect()
del provider
gc.collect()
"""


def test_loops_that_are_closed_in_disorder_leave_nothing_of_aiohttp_in_the_log():
    """A provider serves the next loop; asyncio's own warnings are another thing."""
    with serving_in_a_thread(completion()) as server:
        ended = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", DISORDER, server.url],
            capture_output=True,
            text=True,
            timeout=60,
        )

    assert (ended.stdout, ended.stderr) == ("Blue.\nBlue.\n", "")


_BREAKS_OFF = """
import asyncio
from provider_sdk import HttpRequest, ProviderResponseError
from provider_sdk._http.over_aiohttp import AiohttpTransport

async def serve(reader, writer):
    await reader.readuntil(b"\\r\\n\\r\\n")
    writer.write(b"HTTP/1.1 200 OK\\r\\ntransfer-encoding: chunked\\r\\n\\r\\n5\\r\\nhello\\r\\n")
    await asyncio.sleep(0.05)
    writer.write(b"zz\\r\\njunk\\r\\n")
    await reader.read()
    writer.close()

async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    transport = AiohttpTransport(f"http://127.0.0.1:{port}")
    exchange = await transport.open(HttpRequest("GET", "/"))
    try:
        await exchange.read_all(100)
    except ProviderResponseError as error:
        print(error.message)
    await exchange.aclose()
    await transport.aclose()

asyncio.run(main())
"""


def test_aiohttp_without_its_parser_in_c_tells_of_a_broken_answer_too(monkeypatch):
    """Where that could not be built, its errors are of another kind."""
    monkeypatch.setenv("AIOHTTP_NO_EXTENSIONS", "1")
    told = subprocess.run(
        [sys.executable, "-c", _BREAKS_OFF], capture_output=True, text=True, timeout=60, check=True
    )

    assert told.stdout.startswith("the connection broke while the answer was arriving (it ended")
