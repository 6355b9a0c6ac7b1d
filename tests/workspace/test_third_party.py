"""Packages of others: what is merely installed works, and what is broken harms nobody else."""

import json
import os
import random
import subprocess
from pathlib import Path

import pytest
from provider_conformance import OpenAIWire, Service
from provider_conformance.commands.serve import echo
from provider_conformance.drivers import SocketDriver

from ._install import build_wheel, environment_of
from .conftest import Member

KEY = "sk-third-party-canary"

PROJECT = """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "{name}"
version = "1.0"
dependencies = ["provider-contract-sdk"]

[project.entry-points."provider_sdk.providers"]
{points}
[tool.hatch.build.targets.wheel]
packages = ["{module}"]
"""

ACME = """\
from provider_sdk import OpenAICompatibleProvider

class Acme(OpenAICompatibleProvider):
    name = "acme"
    base_url = "https://api.acme.example/v1"
    base_url_env = "ACME_BASE_URL"
    api_key_env = ("ACME_API_KEY",)
    default_model = "acme-large"
"""

# Each is declared by the package `rival`, beside a second claim on the name `twin`.
BROKEN = {
    "raising": (
        "rival.raising:Raising",
        "raise RuntimeError('no\\nluck')",
        "RuntimeError: no luck",
    ),
    "exiting": ("rival.exiting:Exiting", "import sys; sys.exit(0)", "SystemExit: 0"),
    "lacking": ("rival.lacking:Lacking", "", "has no attribute 'Lacking'"),
    "gone": ("rival.gone:Gone", None, "No module named 'rival.gone'"),
    "number": ("rival.number:Number", "Number = 5", "needs a class or another callable, not 5"),
    "formless": ("rival/formless", None, "that is not of the form module:class"),
}
TWINS = ("acme:Acme of acme-provider 1.0", "rival:Twin of rival-provider 1.0")


def project(folder: Path, module: str, points: dict[str, str], sources: dict[str, str]) -> Path:
    """Write a package from nothing."""
    package = folder / module
    package.mkdir(parents=True)
    for name, source in sources.items():
        (package / f"{name}.py").write_text(source)
    lines = "".join(f"{name} = {value!r}\n" for name, value in points.items())
    text = PROJECT.format(name=f"{module}-provider", points=lines, module=module)
    (folder / "pyproject.toml").write_text(text)
    return folder


@pytest.fixture(scope="module")
def programs(members: list[Member], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with SDK, command and packages of others, and no provider of ours."""
    folder = tmp_path_factory.mktemp("third_party")
    ours = [found.folder for found in members if found.folder.name in ("sdk", "cli")]
    acme = {"acme": "acme:Acme", "twin": "acme:Acme"}
    rival = {"twin": "rival:Twin", **{name: value for name, (value, *_) in BROKEN.items()}}
    modules = {name: source for name, (_, source, _) in BROKEN.items() if source is not None}
    theirs = [
        project(folder / "acme", "acme", acme, {"__init__": ACME}),
        project(folder / "rival", "rival", rival, {"__init__": "class Twin: pass", **modules}),
    ]
    wheels = [build_wheel(source, folder / "dist") for source in (*ours, *theirs)]
    return environment_of(folder / "venv", *wheels)


@pytest.fixture(scope="module")
def address():
    """Where a scripted service listens that repeats the prompt."""
    service = Service(OpenAIWire(), KEY, random.Random(13), echo)
    with SocketDriver(service) as driver:
        yield f"{driver.address}/v1"


@pytest.fixture
def run(programs: Path, address: str, tmp_path: Path):
    """Run a program of the environment; keywords replace variables, ``None`` removes one."""
    environment = {
        "PATH": os.defpath,
        "HOME": str(tmp_path),
        "ACME_API_KEY": KEY,
        "ACME_BASE_URL": address,
    }

    def run(program: str, *arguments: str, **changes: str | None):
        changed = {**environment, **changes}
        done = subprocess.run(
            [programs / program, *arguments],
            env={name: value for name, value in changed.items() if value is not None},
            cwd=tmp_path,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert KEY not in done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done

    return run


@pytest.fixture
def listed(run):
    """Return what ``providers`` tells as JSON, by name."""

    def listed(**changes: str | None):
        done = run("ollama-cli", "providers", "--format", "json", **changes)
        assert (done.returncode, done.stderr) == (0, "")
        return {found["name"]: found for found in json.loads(done.stdout)["providers"]}

    return listed


# What is merely installed.


def test_it_is_listed(listed) -> None:
    """With its distribution, its credential and its model."""
    found = listed()["acme"]

    assert found["source"] == "acme-provider 1.0"
    assert found["credential_source"] == "the environment variable ACME_API_KEY"
    assert (found["default_model"], found["problem"]) == ("acme-large", None)
    assert "streaming" in found["capabilities"]


def test_nothing_else_is_listed(listed) -> None:
    """No provider belongs to the SDK or the command."""
    assert listed().keys() == {"acme", "twin", *BROKEN}


def test_its_health_is_checked(run) -> None:
    """The service is asked with the credential."""
    done = run("ollama-cli", "health", "--provider", "acme")

    assert (done.returncode, done.stdout, done.stderr) == (0, "acme: ok\n", "")


def test_a_wrong_credential_is_rejected(run) -> None:
    """Health tells that the service rejects it."""
    done = run("ollama-cli", "health", "--provider", "acme", ACME_API_KEY="sk-other")

    assert (done.returncode, done.stderr) == (3, "")
    assert "ACME_API_KEY" in done.stdout


def test_it_answers(run) -> None:
    """A question goes to its service."""
    done = run("ollama-cli", "--provider", "acme", "Why is the sky blue?")

    assert (done.returncode, done.stderr) == (0, "")
    assert "Why is the sky blue?" in done.stdout


def test_it_lists_models(run) -> None:
    """They come from its service."""
    done = run("ollama-cli", "models", "--provider", "acme")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.strip()


def test_it_may_be_the_one_that_answers(run) -> None:
    """``why`` lists it outside the chain, and tells that it would answer if it is named."""
    unnamed = run("ollama-cli", "why", "--format", "json")
    named = run("ollama-cli", "why", "--format", "json", OLLAMA_CLI_CODING_PROVIDER="acme")
    coding = run("ollama-cli", "why", "--task", "coding", OLLAMA_CLI_CODING_PROVIDER="acme")
    told = json.loads(unnamed.stdout)
    (acme,) = [each for each in told["candidates"] if each["provider"] == "acme"]

    assert (unnamed.returncode, unnamed.stderr, told["would_answer"]) == (0, "", None)
    assert (acme["model"], acme["state"]) == ("acme-large", "not asked")
    assert json.loads(named.stdout)["would_answer"] is None
    assert (coding.returncode, coding.stderr) == (0, "")
    assert coding.stdout.startswith("acme would answer a question for the task coding.\n")


def test_settings_may_change_it_and_put_it_into_the_chain(run, tmp_path) -> None:
    """Both lists tell what the settings file says of it."""
    folder = tmp_path / "settings"
    folder.mkdir(mode=0o700)
    settings = {"fallback_chain": ["acme"], "providers": {"acme": {"default_model": "acme-mini"}}}
    (folder / "settings.json").write_text(json.dumps(settings))
    variables = {"OLLAMA_CLI_CONFIG_DIR": str(folder)}
    why = run("ollama-cli", "why", "--format", "json", **variables)
    row = _row(run("ollama-cli", "providers", **variables).stdout, "acme")
    answer = run("ollama-cli", "Why is the sky blue?", "--format", "json", **variables)

    assert json.loads(why.stdout)["would_answer"] == "acme"
    assert "  acme-provider 1.0 " in row
    assert "  acme-mini " in row
    assert json.loads(answer.stdout)["route"]["model"] == "acme-mini"


# Without a package.

AT_RUN_TIME = """
import asyncio, os
from provider_sdk import PROVIDER_CONFIG, PROVIDER_REGISTRY, describe_providers, register_provider

PROVIDER_CONFIG["data"] = {
    "base_url": os.environ["ACME_BASE_URL"],
    "api_key_env": "ACME_API_KEY",
    "default_model": "data-1",
}
register_provider("late", PROVIDER_REGISTRY["acme"])

async def ask(name):
    async with PROVIDER_REGISTRY[name]() as provider:
        print(name, await provider.health_check(), await provider.complete("Why?"), sep="|")

for found in describe_providers():
    if found.name in ("data", "late"):
        print(found.name, found.source, found.credential, found.default_model, sep="|")
asyncio.run(ask("data"))
asyncio.run(ask("late"))
"""


def test_data_or_a_call_is_enough(run) -> None:
    """``PROVIDER_CONFIG`` and ``register_provider`` add providers that are described and answer."""
    done = run("python", "-W", "error", "-c", AT_RUN_TIME)

    assert (done.returncode, done.stderr) == (0, "")
    described, registered, data, late = done.stdout.splitlines()
    assert described == "data|PROVIDER_CONFIG|set|data-1"
    assert registered == "late|run time|set|acme-large"
    assert data.startswith("data|True|")
    assert late.startswith("late|True|")
    assert data.endswith("Why?")
    assert late.endswith("Why?")


# In a router.

ROUTED = """
import asyncio, os
from provider_sdk import ProviderRouter

DATA = {"base_url": os.environ["ACME_BASE_URL"], "api_key_env": "ACME_API_KEY"}

async def main():
    settings = {"providers": {"data": {**DATA, "default_model": "data-1"}}}
    async with ProviderRouter(settings) as router:
        print(*router.list_available_providers())
        for name, health in (await router.health_check_all()).items():
            print(name, health.ok, health.reason, sep="|")
        for name in ("acme", "data"):
            messages = [{"role": "user", "content": "Why?"}]
            answer = await router.route("agent", messages, provider=name)
            print(answer.route.provider, answer.route.model, answer.text, sep="|")

asyncio.run(main())
"""


def test_a_router_has_it(run) -> None:
    """What can be asked is listed and answers; health tells of the others what is wrong."""
    done = run("python", "-W", "error", "-c", ROUTED)

    assert (done.returncode, done.stderr) == (0, "")
    names, *told = done.stdout.splitlines()
    health = dict(line.split("|", 1) for line in told[:-2])
    assert set(names.split()) == {"acme", "data"}
    assert health.keys() == {"acme", "data", "twin", *BROKEN}
    assert (health["acme"], health["data"]) == ("True|", "True|")
    assert [name for name in BROKEN if BROKEN[name][2] not in health[name]] == []
    assert [twin for twin in TWINS if twin not in health["twin"]] == []
    assert told[-2].startswith("acme|acme-large|")
    assert told[-1].startswith("data|data-1|")
    assert [line for line in told[-2:] if not line.endswith("Why?")] == []


# A missing credential, and what is broken: one clear line each.


def test_a_missing_credential_is_one_line(run, listed) -> None:
    """It is a state in the list, and exit code 3 in a call and in health."""
    assert listed(ACME_API_KEY=None)["acme"]["credential"] == "missing"
    row = _row(run("ollama-cli", "providers", ACME_API_KEY=None).stdout, "acme")
    call = run("ollama-cli", "--provider", "acme", "Why?", ACME_API_KEY=None)
    health = run("ollama-cli", "health", "--provider", "acme", ACME_API_KEY=None)

    told = "ACME_API_KEY is not set. Set it, or store a key with 'ollama-cli login acme'."
    assert "missing: ACME_API_KEY" in row
    assert (call.returncode, call.stdout, call.stderr) == (
        3,
        "",
        f"Error: {told}\n",
    )
    assert (health.returncode, health.stderr) == (3, "")
    assert health.stdout == f"acme: not ok: {told}\n"


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_plug_in_is_one_line(run, listed, name: str) -> None:
    """The list says why, as do a call and health, with exit code 2."""
    problem = BROKEN[name][2]
    call = run("ollama-cli", "--provider", name, "Why?")
    health = run("ollama-cli", "health", "--provider", name)

    assert problem in listed()[name]["problem"]
    assert problem in _row(run("ollama-cli", "providers").stdout, name)
    assert problem in _row(run("ollama-cli", "why").stdout, name)
    assert (call.returncode, call.stdout) == (2, "")
    assert call.stderr.startswith(f"Error: provider {name!r} ")
    assert call.stderr.endswith(f"{problem}. Repair or uninstall rival-provider 1.0.\n")
    assert call.stderr.count("\n") == 1
    assert (health.returncode, health.stdout, health.stderr) == (2, "", call.stderr)


def test_two_claims_on_one_name_are_one_line(run, listed) -> None:
    """It names both distributions; none of them silently wins."""
    call = run("ollama-cli", "--provider", "twin", "Why?")
    health = run("ollama-cli", "health", "--provider", "twin")
    row = _row(run("ollama-cli", "providers").stdout, "twin")
    told = [listed()["twin"]["problem"], row, call.stderr, health.stderr]

    assert [text for text in told for twin in TWINS if twin not in text] == []
    assert (call.returncode, call.stdout, call.stderr.count("\n")) == (2, "", 1)
    assert (health.returncode, health.stdout, health.stderr) == (2, "", call.stderr)


def _row(table: str, name: str) -> str:
    (row,) = [line for line in table.splitlines() if line.split()[:1] == [name]]
    return row
