import os

import pytest


@pytest.fixture(autouse=True)
def home(monkeypatch, tmp_path):
    """An empty home, and no variable of the machine that the provider reads."""
    for name in os.environ:
        if name.startswith(("HF_", "HUGGING", "XDG_")) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path
