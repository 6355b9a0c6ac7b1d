"""Stored keys, and a keyring for tests that is a package of its own."""

import json
import os
from pathlib import Path
from typing import Any

KEY = "sk-canary7Qd2xW0secret"

_KEYRING = """
import json, os, pathlib, time

FILE = pathlib.Path(os.environ["TEST_KEYRING"])


class Keyring:
    name = "test keyring"
    priority = {priority}

    def _all(self):
        return json.loads(FILE.read_text()) if FILE.exists() else {{}}

    def get_password(self, service, account):
        {getting}
        return self._all().get(f"{{service}}|{{account}}")

    def set_password(self, service, account, key):
        {setting}
        FILE.write_text(json.dumps({{**self._all(), f"{{service}}|{{account}}": key}}))

    def delete_password(self, service, account):
        {deleting}
        found = self._all()
        del found[f"{{service}}|{{account}}"]
        FILE.write_text(json.dumps(found))


Keyring.__module__ = {module!r}
Keyring.__name__ = {kind!r}


def get_keyring():
    return Keyring()
"""


class FakeKeyring:
    """A package ``keyring`` in a folder for ``PYTHONPATH``, with what is in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "packages"
        self.file = folder / "keyring.json"
        self.folder.mkdir()
        self.behave()

    @property
    def variables(self) -> dict[str, str]:
        """The environment in which it is found."""
        return {"PYTHONPATH": str(self.folder), "TEST_KEYRING": str(self.file)}

    @property
    def content(self) -> dict[str, str]:
        """The keys in it by service and account."""
        found: dict[str, str] = json.loads(self.file.read_text()) if self.file.exists() else {}
        return found

    def behave(
        self,
        *,
        priority: float = 5,
        getting: str = "pass",
        setting: str = "pass",
        deleting: str = "pass",
        module: str = "keyring.backends.SecretService",
        kind: str = "Keyring",
    ) -> None:
        """Let the next processes find one that behaves so."""
        source = _KEYRING.format(
            priority=priority,
            getting=getting,
            setting=setting,
            deleting=deleting,
            module=module,
            kind=kind,
        )
        (self.folder / "keyring.py").write_text(source)


def key_file(home: os.PathLike[str]) -> Path:
    """Return the file of keys of a process whose home folder this is."""
    return Path(home) / ".config/ollama-cli/keys.json"


def keys_in(home: os.PathLike[str]) -> list[dict[str, Any]]:
    """Return the entries of that file."""
    found: list[dict[str, Any]] = json.loads(key_file(home).read_text())["keys"]
    return found
