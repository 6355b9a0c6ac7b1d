import os
import signal

import pytest
from hypothesis import settings

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
def interrupts():
    """Ctrl-C is heard, also where the tests were started in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
