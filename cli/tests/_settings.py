"""Settings files for tests."""

import json
from pathlib import Path
from typing import Any


def write_settings(tmp_path: Path, **values: Any) -> Path:
    """Write the settings that ``invoke`` reads, and return the file."""
    folder = tmp_path / "settings"
    folder.mkdir(mode=0o700, exist_ok=True)
    file = folder / "settings.json"
    file.write_text(json.dumps(values))
    file.chmod(0o600)
    return file
