"""``ollama-cli providers``: which providers there are, without a request."""

import hashlib
import json
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import provider_sdk
import pytest
from ollama_cli.choosing.levels import last_level
from provider_sdk import PROVIDER_CONFIG

from ._schemas import checked
from ._shell import TOKEN

HF = "provider-contract-huggingface 0.1.0"


def providers_in(text):
    """Return the providers of a result, by name; it follows its published schema."""
    return {found["name"]: found for found in checked("providers", text)["providers"]}


@pytest.fixture(autouse=True)
def folder(monkeypatch, tmp_path):
    """A current folder without reports of whoever runs the tests."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def listed(invoke, monkeypatch):
    """Return the providers as JSON tells them, with no credential but those of the test."""
    for name in os.environ:
        if name.endswith(("_API_KEY", "_TOKEN")):
            monkeypatch.delenv(name)

    def run():
        result = invoke("providers", "--format", "json")
        assert (result.exit_code, result.stderr) == (0, "")
        return providers_in(result.stdout)

    return run


def plug_in(folder, monkeypatch, source, name="plug", version="1.0"):
    """Install a distribution whose module ``<name>_module`` has this source."""
    info = folder / f"{name}-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Name: {name}\nVersion: {version}\n")
    points = f"[provider_sdk.providers]\n{name} = {name}_module:Provider\n"
    (info / "entry_points.txt").write_text(points)
    (folder / f"{name}_module.py").write_text(source)
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.delitem(sys.modules, f"{name}_module", raising=False)


# What is told.


def test_each_provider_is_one_object(listed, monkeypatch) -> None:
    """It tells all that is known before one is built, and where the credential was found."""
    monkeypatch.setenv("HUGGING_FACE_HUB_TOKEN", TOKEN)

    found = listed()

    assert {"hf", "claude", "gemini", "codex", "openai", "ollama", "fake"} <= found.keys()
    assert found["hf"] == {
        "name": "hf",
        "source": HF,
        "credential": "set",
        "credential_source": "the environment variable HUGGING_FACE_HUB_TOKEN",
        "api_key_env": ["HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"],
        "default_model": "zai-org/GLM-4.7-Flash:novita",
        "capabilities": found["hf"]["capabilities"],
        "local": False,
        "level": None,
        "problem": None,
    }
    assert "streaming" in found["hf"]["capabilities"]


def test_each_credential_has_its_state(listed) -> None:
    """A missing one is no error of the command."""
    found = listed()

    assert found["claude"]["credential"] == "missing"
    assert found["ollama"]["credential"] == "not set"
    assert (found["ollama"]["default_model"], found["ollama"]["local"]) == (None, True)
    assert (found["fake"]["credential"], found["fake"]["capabilities"]) == (None, None)
    assert found["fake"]["source"] == "run time"


def test_a_token_file_is_named_as_source(listed, monkeypatch, tmp_path) -> None:
    """A provider's own place for credentials is looked at, too."""
    file = tmp_path / "token"
    file.write_text(TOKEN)
    monkeypatch.setenv("HF_TOKEN_PATH", str(file))

    assert listed()["hf"]["credential_source"] == f"the token file {file}"


def test_the_text_is_a_table(invoke, monkeypatch) -> None:
    """Its columns are aligned under their titles."""
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    monkeypatch.delenv("ANTHROPIC_AUTH_TOKEN", raising=False)

    result = invoke("providers")
    title, *lines = result.stdout.splitlines()
    rows = {line.split()[0]: line for line in lines}

    assert (result.exit_code, result.stderr) == (0, "")
    assert TOKEN not in result.stdout
    credential, model = title.index("CREDENTIAL"), title.index("DEFAULT MODEL")
    assert rows["hf"][credential:].startswith("set: HF_TOKEN ")
    assert rows["hf"][model:].startswith("zai-org/")
    assert rows["hf"].endswith("  all but token_counting")
    assert rows["gemini"].endswith("  all")
    assert rows["claude"][credential:].startswith("missing: ANTHROPIC_API_KEY or ANTHROPIC_AUTH_T")
    assert rows["fake"].endswith("  not known")


def test_few_capabilities_are_named(invoke, monkeypatch) -> None:
    """More than it lacks are not."""
    few = {"base_url": "http://127.0.0.1:1/v1", "capabilities": ["system", "streaming"]}
    monkeypatch.setitem(PROVIDER_CONFIG, "few", few)
    monkeypatch.setitem(PROVIDER_CONFIG, "none", {**few, "capabilities": []})

    rows = {line.split()[0]: line for line in invoke("providers").stdout.splitlines()}

    assert rows["few"].endswith("  streaming, system")
    assert rows["none"].endswith("  none")


def test_nothing_is_sent(shell, router) -> None:
    """No provider's service hears of it."""
    result = shell.run("providers")

    assert (result.returncode, result.stderr) == (0, "")
    assert "set: HF_TOKEN" in result.stdout
    assert router.exchanges == []


def test_no_http_library_is_loaded(shell) -> None:
    """No provider is built."""
    result = shell.run("providers", python=["-X", "importtime"])

    assert result.returncode == 0
    assert "provider_huggingface" in result.stderr
    assert "httpx" not in result.stderr


# Problems.


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("raise SystemExit('not here')", "SystemExit: not here. Repair or uninstall plug 1.0."),
        ("Provider = 5", "needs a class or another callable, not 5. Repair or uninstall plug 1.0."),
        ("", "module 'plug_module' has no attribute 'Provider'. Repair or uninstall plug 1.0."),
        ("raise OSError('\\x1b[31mred\\n\\u202eline')", "OSError: red line"),
    ],
)
def test_a_broken_plug_in_is_one_line(
    invoke, listed, monkeypatch, tmp_path, source, problem
) -> None:
    """The others are told as ever, and the exit code is 0."""
    plug_in(tmp_path, monkeypatch, source)

    assert problem in listed()["plug"]["problem"]
    assert listed()["hf"]["problem"] is None
    result = invoke("providers")
    (line,) = [line for line in result.stdout.splitlines() if line.startswith("plug ")]
    assert result.exit_code == 0
    assert " plug 1.0 " in line
    assert problem in line


@pytest.mark.parametrize("command", [["health"], ["models"], ["run", "Why?"]])
def test_a_broken_plug_in_that_is_named_is_2(invoke, monkeypatch, tmp_path, command) -> None:
    """The error is the same line, wherever the provider is named."""
    plug_in(tmp_path, monkeypatch, "raise SystemExit(0)")

    result = invoke(*command, "--provider", "plug")

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == (
        "Error: provider 'plug' cannot be imported from plug_module:Provider of plug 1.0: "
        "SystemExit: 0. Repair or uninstall plug 1.0.\n"
    )


def test_what_a_plug_in_prints_is_no_result(shell, tmp_path) -> None:
    """It goes to standard error, so that the JSON stays whole."""
    (tmp_path / "plug-1.0.dist-info").mkdir()
    (tmp_path / "plug-1.0.dist-info" / "METADATA").write_text("Name: plug\nVersion: 1.0\n")
    points = "[provider_sdk.providers]\nplug = plug_module:Provider\n"
    (tmp_path / "plug-1.0.dist-info" / "entry_points.txt").write_text(points)
    source = "print('hello')\nfrom provider_sdk.testing import FakeProvider as Provider\n"
    (tmp_path / "plug_module.py").write_text(source)

    for command in (["providers"], ["health", "--provider", "plug"]):
        result = shell.run(*command, "--format", "json", PYTHONPATH=str(tmp_path))
        assert (result.returncode, result.stderr) == (0, "hello\n")
        assert json.loads(result.stdout)


def test_an_unusable_credential_is_one_line(invoke, listed, monkeypatch) -> None:
    """The line says what is wrong with it, and never its value."""
    monkeypatch.setenv("HF_TOKEN", f'"{TOKEN}"')

    assert "HF_TOKEN is in quotes" in listed()["hf"]["problem"]
    assert TOKEN not in invoke("providers").stdout


# The level of the last conformance run.


@pytest.fixture
def report(tmp_path):
    """Write a report of ``hf`` into the current folder; keywords replace facts of its run."""
    folder = tmp_path / "reports" / "conformance"
    folder.mkdir(parents=True)

    def write(facts=(), **changes):
        body = json.dumps(
            {
                "schema": "provider-conformance/1",
                "provider": "hf",
                "mode": "mock",
                "level": "silver",
                **dict(facts),
            }
        ).encode()
        run = {
            "date": datetime.now(UTC).isoformat(timespec="seconds"),
            "duration_s": 0.0,
            "report_digest": hashlib.sha256(len(body).to_bytes(8, "big") + body).hexdigest(),
            "installed": f"{HF}, editable, provider_huggingface/__init__.py",
            "versions": {"provider-contract-sdk": provider_sdk.__version__},
            **changes,
        }
        (folder / "hf.json").write_bytes(body)
        (folder / "hf.run.json").write_text(json.dumps(run))
        return folder

    return write


def test_the_level_of_the_last_run_is_told(listed, report) -> None:
    """It stands in the reports of the current folder."""
    report()
    found = listed()

    assert (found["hf"]["level"], found["claude"]["level"]) == ("silver", None)


def test_the_level_stands_in_the_table(invoke, report) -> None:
    """Its column shows it."""
    report()
    title, *lines = invoke("providers").stdout.splitlines()
    place = title.index("LEVEL")

    assert {line.split()[0]: line[place:].split()[0] for line in lines}["hf"] == "silver"


@pytest.mark.parametrize(
    "changes",
    [
        {"installed": None},
        {"installed": "provider-contract-huggingface 0.0.9, installed, x.py"},
        {"installed": "provider-contract-huggingface 0.1.0.dev1, installed, x.py"},
        {"installed": "another 0.1.0, installed, x.py"},
        {"versions": {"provider-contract-sdk": "0.0.9"}},
        {"versions": {}},
        {"versions": None},
        {"versions": 5},
        {"report_digest": "0" * 64},
        {"date": (datetime.now(UTC) - timedelta(days=9999)).isoformat()},
        {"date": "yesterday"},
        {"date": None},
        {"duration_s": 1e9},
        {"duration_s": "long"},
        {"facts": {"provider": "claude"}},
        {"facts": {"mode": "live"}},
        {"facts": {"schema": "provider-conformance/2"}},
        {"facts": {"level": "diamond"}},
        {"facts": {"level": ["gold"]}},
    ],
)
def test_a_report_about_something_else_tells_no_level(report, changes) -> None:
    """Another version, another file, or code that has changed since: the level is not known."""
    report(**changes)

    assert last_level("hf", HF) is None


@pytest.mark.parametrize("content", [b"", b"5", b"{", b"[" * 10**5, b"\xff", b"9" * 10**4])
@pytest.mark.parametrize("name", ["hf.json", "hf.run.json"])
def test_a_report_that_cannot_be_read_tells_no_level(report, name, content) -> None:
    """It is no failure of the command."""
    (report() / name).write_bytes(content)

    assert last_level("hf", HF) is None


def test_a_report_that_is_a_pipe_tells_no_level(report) -> None:
    """Nobody waits for what it may hold."""
    file: Path = report() / "hf.json"
    file.unlink()
    os.mkfifo(file)

    assert last_level("hf", HF) is None


def test_a_file_that_changed_since_the_run_takes_the_level(report, monkeypatch, tmp_path) -> None:
    """The run was about other code."""
    source = "from provider_sdk.testing import FakeProvider\nclass Provider(FakeProvider): pass\n"
    plug_in(tmp_path, monkeypatch, source)
    installed = "plug 1.0, installed, plug_module.py"
    folder = report({"provider": "plug"}, installed=installed)
    for file in folder.glob("hf.*"):
        file.rename(folder / file.name.replace("hf", "plug"))
    module = tmp_path / "plug_module.py"
    os.utime(module, (0, 0))
    module.with_name("other.py").touch()  # beside it, and not a part of it

    assert last_level("plug", "plug 1.0") == "silver"
    os.utime(module, (2**33, 2**33))
    assert last_level("plug", "plug 1.0") is None
