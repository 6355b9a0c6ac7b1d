"""``ollama-cli doctor``: what works, what is wrong, and the exit code for it."""

import json
import sqlite3
import sys
import time
from email.utils import formatdate

import pytest

from ._keys import KEY
from ._project import write_project
from ._schemas import checked
from ._settings import write_settings
from ._shell import TOKEN


@pytest.fixture(autouse=True)
def no_ollama(shell):
    """Nobody listens where Ollama would."""
    shell.environment["OLLAMA_HOST"] = "127.0.0.1:9"


@pytest.fixture
def doctor(shell, tmp_path):
    """Run it with folders of the test; return the exit code and what it found."""
    folders = {
        "OLLAMA_CLI_CONFIG_DIR": str(tmp_path / "settings"),
        "OLLAMA_CLI_DATA_DIR": str(tmp_path / "data"),
    }

    def run(*arguments, **changes):
        found = shell.run("doctor", "--format", "json", *arguments, **{**folders, **changes})
        return found.returncode, checked("doctor", found.stdout)

    return run


def about(report, what, needed=None):
    """Return the messages of the findings about something."""
    return [
        each["message"]
        for each in report["findings"]
        if each["about"] == what and needed in (None, each["needed"])
    ]


def provider(report, name):
    """Return what was found of a provider."""
    (found,) = (each for each in report["providers"] if each["name"] == name)
    return found


def test_a_provider_that_answers_is_all_that_is_needed(doctor, router) -> None:
    """The exit code is 0; where its credential comes from is told, and nothing is billed."""
    code, report = doctor()

    hf = provider(report, "hf")
    assert (code, report["ok"]) == (0, True)
    assert hf["health"]["ok"]
    assert hf["credential_source"] == "the environment variable HF_TOKEN"
    assert hf["address"] == f"{router.url}/v1"
    assert provider(report, "claude")["credential"] == "missing"
    assert provider(report, "claude")["health"] is None
    paths = {exchange.path for exchange in router.exchanges}
    assert paths == {"/api/whoami-v2", "/v1/models"}


def test_text_begins_with_the_verdict(shell) -> None:
    """A line for each provider, and for what else was found; no credential."""
    found = shell.run("doctor", "-v")

    assert found.returncode == 0
    assert found.stdout.startswith("All that is needed works.\n")
    assert "the environment variable HF_TOKEN" in found.stdout
    assert "ok (" in found.stdout
    assert sys.executable in found.stdout
    assert found.stderr == ""


def test_offline_sends_nothing(doctor, router) -> None:
    """A provider that could be asked counts as one that would answer."""
    code, report = doctor("--offline")

    assert (code, router.exchanges) == (0, [])
    assert provider(report, "hf")["health"] is None
    assert report["clock"] == {"skew_s": None, "services": 0}


def test_nobody_with_a_credential_is_told(doctor) -> None:
    """Without any other to ask, Ollama is unreachable."""
    code, report = doctor(HF_TOKEN=None)

    (message,) = about(report, "answers", needed=True)
    assert code == 4
    assert message.startswith("no provider can answer a question now: ollama: ")


def test_a_named_provider_must_answer_itself(doctor, router) -> None:
    """That another one would is of no use; the code is that of its credential."""
    router.scripts["/api/whoami-v2"] = lambda exchange: exchange.reply(401, {"error": "no"})
    rejected = doctor(OLLAMA_CLI_PROVIDER="hf")
    missing = doctor(OLLAMA_CLI_PROVIDER="claude")

    assert (rejected[0], missing[0]) == (3, 3)
    assert "hf, which OLLAMA_CLI_PROVIDER names, cannot" in about(rejected[1], "answers")[0]


def test_a_slow_provider_ends_in_time(doctor, router) -> None:
    """The others are asked at the same time."""
    router.scripts["/api/whoami-v2"] = lambda exchange: time.sleep(3)
    start = time.monotonic()
    code, report = doctor("--timeout", "0.5", OLLAMA_CLI_PROVIDER="hf")

    assert code == 4
    assert "within 0.5 s" in provider(report, "hf")["health"]["reason"]
    assert time.monotonic() - start < 10


@pytest.mark.parametrize(("ahead", "is_told"), [(0, False), (3600, True), (-7200, True)])
def test_a_wrong_clock_is_told(doctor, router, ahead, is_told) -> None:
    """It is compared with the time in the replies."""

    def whoami(exchange):
        body = json.dumps({"name": "someone"}).encode()
        exchange.send_response_only(200)
        exchange.send_header("date", formatdate(time.time() - ahead, usegmt=True))
        exchange.send_header("content-length", str(len(body)))
        exchange.end_headers()
        exchange.wfile.write(body)

    router.scripts["/api/whoami-v2"] = whoami
    router.scripts["/v1/models"] = whoami
    report = doctor()[1]

    assert report["clock"]["services"] == 2
    assert abs(report["clock"]["skew_s"] - ahead) < 5
    assert bool(about(report, "clock")) is is_told


@pytest.mark.parametrize("date", ["", "yesterday", "Mon, 99 Foo 2026", "\x01", "0" * 5000])
def test_a_reply_that_does_not_tell_the_time_is_ignored(doctor, router, date) -> None:
    """Whatever it holds."""

    def whoami(exchange):
        exchange.send_response_only(200)
        exchange.send_header("date", date)
        exchange.send_header("content-length", "2")
        exchange.end_headers()
        exchange.wfile.write(b"{}")

    router.scripts["/api/whoami-v2"] = router.scripts["/v1/models"] = whoami

    assert doctor()[1]["clock"] == {"skew_s": None, "services": 0}


@pytest.mark.parametrize("content", ["{", '{"provder": "hf"}', '{"budgets": 5}'])
def test_broken_settings_are_told_beside_all_else(doctor, tmp_path, content) -> None:
    """With the code of settings."""
    file = write_settings(tmp_path)
    file.write_text(content)
    code, report = doctor()

    assert code == 2
    assert str(file) in about(report, "settings", needed=True)[0]
    assert provider(report, "hf")["health"]["ok"]


def test_the_folders_are_told(doctor, tmp_path) -> None:
    """Also if they are not there yet; looking does not make them."""
    report = doctor("--offline")[1]

    assert [(each["what"], each["exists"], each["writable"]) for each in report["folders"]] == [
        ("settings", False, True),
        ("data", False, True),
    ]
    assert report["sessions"] == "none"
    assert not (tmp_path / "data").exists()


def test_whole_sessions_are_ok(doctor, shell, tmp_path) -> None:
    """Their size and mode are told."""
    data = str(tmp_path / "data")
    shell.run("run", "--provider", "hf", "Why?", OLLAMA_CLI_DATA_DIR=data)
    report = doctor("--offline")[1]

    (file,) = (each for each in report["files"] if each["path"].endswith("sessions.db"))
    assert report["sessions"] == "ok"
    assert file["bytes"] > 0
    assert file["mode"] == "0600"


def _damage(file):
    """Overwrite a page in the middle."""
    content = bytearray(file.read_bytes())
    content[len(content) // 2 :] = b"\xa5" * (len(content) - len(content) // 2)
    file.write_bytes(content)


@pytest.mark.parametrize("damage", [lambda file: file.write_bytes(b"no" * 5000), _damage])
def test_damaged_sessions_are_told(doctor, shell, tmp_path, damage) -> None:
    """They stay as they are; the code is that of other problems."""
    data = tmp_path / "data"
    shell.run("run", "--provider", "hf", "Why?", OLLAMA_CLI_DATA_DIR=str(data))
    with sqlite3.connect(data / "sessions.db") as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    damage(data / "sessions.db")
    before = (data / "sessions.db").read_bytes()
    code, report = doctor("--offline")

    assert (code, report["sessions"]) == (1, "damaged")
    assert "it is damaged" in about(report, "sessions", needed=True)[0]
    assert (data / "sessions.db").read_bytes() == before


def test_a_data_folder_that_is_a_file_is_told(doctor, tmp_path) -> None:
    """Nothing could be stored there."""
    (tmp_path / "data").write_text("x")
    code, report = doctor("--offline")

    assert code == 1
    assert "is not a folder" in about(report, "data", needed=True)[0]


def test_stored_keys_are_told_without_them(doctor, shell, tmp_path, router) -> None:
    """Where they are, and if others can read them."""
    settings = str(tmp_path / "settings")
    with shell.start(
        "login", "hf", stdin=-1, HF_TOKEN=None, OLLAMA_CLI_CONFIG_DIR=settings
    ) as process:
        process.communicate(KEY)
    file = tmp_path / "settings/keys.json"
    file.chmod(0o644)
    code, report = doctor(HF_TOKEN=None)

    assert code == 0
    assert provider(report, "hf")["credential_source"] == f"the key file {file}"
    assert about(report, "files") == [f"others can read {file}; run: chmod 600 {file}"]
    assert KEY not in json.dumps(report)


def test_damaged_keys_are_told(doctor, tmp_path) -> None:
    """With the code of settings."""
    (tmp_path / "settings").mkdir(mode=0o700)
    (tmp_path / "settings/keys.json").write_text("{")
    (tmp_path / "settings/keys.json").chmod(0o600)
    code, report = doctor("--offline")

    assert code == 2
    assert "is damaged" in about(report, "keys", needed=True)[0]


def test_the_project_is_told(doctor, shell, tmp_path, monkeypatch) -> None:
    """And whether it is in use."""
    work = write_project(tmp_path / "work", provider="hf")
    monkeypatch.chdir(work)
    before = doctor("--offline")[1]
    folders = {"OLLAMA_CLI_DATA_DIR": str(tmp_path / "data")}
    assert shell.run("trust", "--yes", **folders).returncode == 0
    after = doctor("--offline")[1]

    assert before["project"] == {"path": str(work), "trusted": False}
    assert "'ollama-cli trust'" in about(before, "project")[0]
    assert after["project"] == {"path": str(work), "trusted": True}


def test_hooks_and_status_lines_are_told(doctor, tmp_path) -> None:
    """How many there are, and whether they are off."""
    hook = {"hooks": [{"type": "command", "command": "true"}]}
    write_settings(tmp_path, hooks={"PreRequest": [hook]}, disable_hooks=True, status_line="tokens")
    report = doctor("--offline")[1]

    assert report["hooks"]["count"] == 1
    assert report["hooks"]["off"]
    assert report["status_lines"] == ["tokens"]


def test_commands_of_other_packages_are_tried(doctor, tmp_path) -> None:
    """One that does not import is a note; the command works without it."""
    for name, source in (("good", "def command(args): pass"), ("bad", "print('x'); 1 / 0")):
        info = tmp_path / f"{name}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Name: {name}\nVersion: 1.0\n")
        points = f"[ollama_cli.commands]\n{name} = {name}_tool:command\n"
        (info / "entry_points.txt").write_text(points)
        (tmp_path / f"{name}_tool.py").write_text(source)
    code, report = doctor("--offline", PYTHONPATH=str(tmp_path))

    assert code == 0
    assert {each["name"]: each["problem"] is None for each in report["commands"]} == {
        "good": True,
        "bad": False,
    }
    assert "ZeroDivisionError" in about(report, "commands", needed=False)[0]
    assert "PYTHONPATH" in report["variables"]


def test_the_terminal_is_told(doctor) -> None:
    """Here there is none."""
    terminal = doctor("--offline", TERM="dumb", LC_ALL="C.UTF-8", COLUMNS="40")[1]["terminal"]

    assert terminal == {
        "stdin": False,
        "stdout": False,
        "stderr": False,
        "term": "dumb",
        "columns": 40,
        "colors": False,
        "encoding": "utf-8",
        "locale": "C.UTF-8",
    }


def test_variables_are_told_by_name_only(doctor) -> None:
    """A proxy's address may hold a password."""
    report = doctor("--offline", HTTPS_PROXY="http://user:secret7@proxy.example:1")[1]

    assert "HTTPS_PROXY" in report["variables"]
    assert "secret7" not in json.dumps(report)


def test_a_service_that_repeats_the_credential_does_not_get_it_shown(doctor, router) -> None:
    """Nor one that sends escapes."""
    router.scripts["/api/whoami-v2"] = lambda exchange: exchange.reply(
        403, {"error": f"no {TOKEN} \x1b[2J"}
    )
    report = doctor(OLLAMA_CLI_PROVIDER="hf")[1]

    assert TOKEN not in json.dumps(report)
    assert "\\u001b" not in json.dumps(report)


def test_a_home_that_is_missing_is_told(doctor) -> None:
    """It is no traceback."""
    code, report = doctor(
        "--offline", OLLAMA_CLI_DATA_DIR="~nobody-here/x", OLLAMA_CLI_CONFIG_DIR="~nobody-here/x"
    )

    assert code == 1
    assert about(report, "data") == ["there is no home folder; set OLLAMA_CLI_DATA_DIR"]


def test_an_old_locale_and_40_columns_are_enough(shell) -> None:
    """Whatever cannot be shown becomes a question mark."""
    found = shell.run(
        "doctor", "--offline", LC_ALL="C", PYTHONIOENCODING="ascii", TERM="dumb", COLUMNS="40"
    )

    assert found.returncode == 0
    assert found.stdout.isascii()
