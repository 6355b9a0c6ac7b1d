import os

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
