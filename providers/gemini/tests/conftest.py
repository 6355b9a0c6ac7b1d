import os

import pytest


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    """No variable of the machine that the provider reads."""
    for name in os.environ:
        if name.startswith(("GOOGLE_", "GEMINI_")) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
