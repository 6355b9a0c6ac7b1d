"""Baking, as the command does it and in process."""

import json
import os
import shutil
import subprocess
import sys
from itertools import product
from pathlib import Path

from cookiecutter.main import cookiecutter

CHECKOUT = Path(__file__).parents[2]
TEMPLATE = CHECKOUT / "templates" / "provider-cookiecutter"
MEMBERS = ("sdk", "conformance", "cli")
ROOT_FILES = ("pyproject.toml", "tox.ini", "toxfile.py", "requirements-dev.txt")
ANSWERS = json.loads((TEMPLATE / "cookiecutter.json").read_text("utf-8"))
PROTOCOLS = tuple(ANSWERS["protocol"])
WORDS = (
    *("streaming", "system", "tools", "parallel_tools", "images", "json_schema", "json_object"),
    *("reasoning", "seed", "stop", "usage_in_stream", "model_listing"),
)
CAPABILITIES = {"all": WORDS, "none": (), "some": ("system", "tools", "model_listing")}
EXTENDED = ("providers/anthropic", "providers/gemini", "providers/ollama", "providers/openai")
"""The providers that bakes of some protocols extend."""
LACKING = {
    "anthropic-compatible": {"json_object", "seed"},
    "responses-compatible": {"seed", "stop"},
}
"""The words that a protocol cannot express."""
CREDENTIALS = ("required", "optional", "none")
CELLS = [
    dict(zip(("protocol", "credential", "capabilities"), cell, strict=True))
    for cell in product(PROTOCOLS, CREDENTIALS, CAPABILITIES)
]
"""Every combination of what a provider can be."""


def is_of_pairs(cell):
    """Whether a cell is one of those that hold every pair of choices once: a Latin square."""
    places = (
        PROTOCOLS.index(cell["protocol"]),
        CREDENTIALS.index(cell["credential"]),
        [*CAPABILITIES].index(cell["capabilities"]),
    )
    return sum(places) % 3 == 0


def cell_name(cell):
    """Return a provider name that tells a cell; short or long, so that lines are of any length."""
    words = [cell["protocol"][:6], cell["credential"], cell["capabilities"]]
    if cell["credential"] == "none":
        return words[0][:2] + "".join(word[0] for word in words[1:])
    return "-".join(words)


def answers_of(cell):
    """Return the answers that make a cell."""
    lacking = LACKING.get(cell["protocol"], set())
    words = [word for word in CAPABILITIES[cell["capabilities"]] if word not in lacking]
    return {**cell, "capabilities": ", ".join(words), "provider_name": cell_name(cell)}


def bake(folder, template=TEMPLATE, **answers):
    """Bake into a folder and return the project's."""
    # Another template's module of the same name must not answer for this one.
    for name in [name for name in sys.modules if name.partition(".")[0] == "provider_scaffold"]:
        del sys.modules[name]
    made = cookiecutter(str(template), no_input=True, extra_context=answers, output_dir=str(folder))
    return Path(made)


def environment(**variables):
    """Return an environment in which nothing of this one's Python shows."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("TOX_", "PYTHON", "PYTEST", "VIRTUAL_ENV", "PROVIDER_SCAFFOLD"))
    }
    return {**kept, **variables}


def command(*words, cwd, timeout=60, **variables):
    """Run a command to its end and return it with all that it printed, errors included."""
    return subprocess.run(
        [str(word) for word in words],
        cwd=cwd,
        env=environment(**variables),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=timeout,
        check=False,
    )


def checkout_copy(folder):
    """Copy what a workspace consists of, and return the folder."""
    leave = shutil.ignore_patterns("__pycache__", ".*_cache", ".tox", "reports", "editable")
    for name in (*MEMBERS, "providers", "templates", "tools"):
        shutil.copytree(CHECKOUT / name, folder / name, ignore=leave)
    for name in ROOT_FILES:
        shutil.copy(CHECKOUT / name, folder)
    return folder


def template_copy(folder):
    """Copy the template beside what it reads of the checkout, and return the copy's folder."""
    leave = shutil.ignore_patterns("__pycache__")
    copy = folder / "templates" / TEMPLATE.name
    shutil.copytree(TEMPLATE, copy, ignore=leave)
    for name in (*MEMBERS, "providers"):
        (folder / name).symlink_to(CHECKOUT / name)
    return copy


def project_template(template):
    """Return the folder of a template that becomes the project."""
    (folder,) = template.glob("{{*}}")
    return folder
