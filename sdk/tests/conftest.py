import os
import signal

import pytest
from hypothesis import settings
from provider_sdk import PROVIDER_CONFIG, prefer_transport
from provider_sdk._routing import registry

from ._distributions import Site

# The machine's speed is no property of the code.
settings.register_profile("sdk", deadline=None, database=None, print_blob=True)
settings.load_profile("sdk")


@pytest.fixture(autouse=True)
def no_variables_of_the_machine(monkeypatch):
    """Proxies and credentials of whoever runs the tests have no part in them."""
    for name in os.environ:
        if name.lower().endswith(("_proxy", "_api_key", "_token")):
            monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def over_httpx():
    """What is installed beside the SDK decides nothing; tests of both libraries use `transport`."""
    before = prefer_transport("httpx")
    yield
    prefer_transport(before)


@pytest.fixture(params=["httpx", "aiohttp"])
def transport(over_httpx, request):
    """The HTTP library of the providers that the test makes; the test runs with each."""
    prefer_transport(request.param)
    return request.param


@pytest.fixture(autouse=True)
def interrupts():
    """Ctrl-C is heard, also where the tests were started in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def own_registrations(monkeypatch):
    """A test begins without providers of configuration or of run time, and leaves none."""
    monkeypatch.setattr(registry, "_registered", {})
    kept = dict(PROVIDER_CONFIG)
    PROVIDER_CONFIG.clear()
    yield
    PROVIDER_CONFIG.clear()
    PROVIDER_CONFIG.update(kept)


@pytest.fixture
def site(tmp_path, monkeypatch):
    """A folder on the path in which distributions can be installed."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    found = Site(folder)
    yield found
    found.forget()
