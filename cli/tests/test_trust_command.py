"""``ollama-cli trust``: what it shows, when it asks, and what it binds."""

import json
import os
import pty
import select
import subprocess
from pathlib import Path

import pytest
from ollama_cli.settings.trust import trusted_projects

from ._project import give_away, hooks, is_trusted, trust_project, write_project
from ._router import PATIENCE_S
from ._schemas import checked
from ._shell import TOKEN, Shell

SETTINGS = ".ollama/settings.json"


@pytest.fixture
def invoke(invoke, work, tmp_path, monkeypatch):
    """Run the command in the project."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return invoke


# What is shown.


def test_all_that_it_enables_is_shown(invoke, work) -> None:
    """Settings, files and variables first, and last what decides who gets data and what runs."""
    write_project(
        work,
        {
            ".env": "HF_TOKEN=secret1\nHF_BASE_URL=https://u:secret2@api.example/v1\nPATH=secret3",
            ".ollama/commands/deploy.md": "",
            ".ollama/status_lines/own": "",
        },
        provider="acme",
        providers={"acme": {"base_url": "https://acme.example/v1", "api_key_env": "ACME_KEY"}},
        insecure_http=True,
        hooks={**hooks("python tools/hook.py", timeout=5, required=True), **hooks("id", "Error")},
    )

    result = invoke("trust", "--yes")

    assert (result.exit_code, result.stderr) == (0, "")
    head, _, rest = result.stdout.partition("\n")
    digest = trusted_projects()[str(work)].digest[:12]
    assert head == f"Project {work}, digest {digest}"
    assert rest == (
        "It sets:\n"
        '  provider = "acme"\n'
        "  insecure_http = true\n"
        "It adds prompts:\n"
        "  review.md\n"
        "It adds slash commands:\n"
        "  deploy.md\n"
        "It covers these files:\n"
        "  .env\n"
        "  .ollama/commands/deploy.md\n"
        "  .ollama/prompts/review.md\n"
        "  .ollama/settings.json\n"
        "  .ollama/status_lines/own\n"
        "  tools/hook.py\n"
        "It does not set or use:\n"
        "  .ollama/settings.json: its 'insecure_http' does not count; only your own settings may "
        "permit that\n"
        "  .env: PATH\n"
        "It sets if they are unset:\n"
        "  HF_BASE_URL: an address at api.example\n"
        "  HF_TOKEN\n"
        "It says where to send:\n"
        '  providers.acme.base_url = "https://acme.example/v1"\n'
        '  providers.acme.api_key_env = "ACME_KEY"\n'
        "It runs:\n"
        '  at PreRequest: python tools/hook.py  {"timeout": 5, "required": true}\n'
        "  at Error: id\n"
        "  status line own\n"
        "It is trusted.\n"
    )
    assert "secret" not in result.output


def test_the_matcher_of_hooks_is_shown(invoke, work) -> None:
    """It says for whom they run."""
    hook = {"type": "command", "command": "id"}
    write_project(work, hooks={"Error": [{"matcher": "^hf/", "hooks": [hook, hook]}]})

    assert invoke("trust", "--yes").stdout.count('  at Error for "^hf/": id\n') == 2


def test_nothing_is_hidden(invoke, work) -> None:
    """What would move the cursor, turn the text or not be seen is shown as an escape."""
    command = "true\n\x1b[2K\x1b]0;x\x07\u202eevil\u2066\u200b; \u00e4 \U000e0041"
    prompt = ".ollama/prompts/a\nIt is trusted.\x1b[A.md"
    write_project(work, {prompt: ""}, hooks=hooks(command), model="\x9b1A")

    result = invoke("trust", "--yes")

    shown = r"true\n\x1b[2K\x1b]0;x\x07\u202eevil\u2066\u200b; " + "\u00e4 " + r"\U000e0041"
    assert f"  at PreRequest: {shown}\n" in result.stdout
    assert "  a\\nIt is trusted.\\x1b[A.md\n" in result.stdout
    assert all(char.isprintable() for char in result.stdout.replace("\n", ""))


def test_what_runs_is_never_cut(invoke, work) -> None:
    """A flood of harmless settings is; what runs stands below it, and whole."""
    aliases = {f"alias{number}": "m" for number in range(1000)}
    command = "true " + " " * 2000 + "; evil"
    write_project(work, aliases=aliases, hooks={"Error": hooks(command)["PreRequest"] * 10})

    lines = invoke("trust", "--yes").stdout.splitlines()

    assert "  and 950 more" in lines
    assert lines[-11:-1] == [f"  at Error: {command}"] * 10


@pytest.mark.parametrize(
    "odd",
    [
        {"PreRequest": "evil"},
        {"PreRequest": {"hooks": "evil"}},
        {"PreRequest": ["evil"]},
        {"PreRequest": [{"hooks": ["evil", 5, None]}]},
        {"PreRequest": [{"hooks": [{"command": ["evil"]}]}]},
        {"evil": [[]]},
        {"PreRequest": [{"type": "command", "command": "evil"}]},
        {"PreRequest": {"type": "command", "command": "evil"}},
        {"PreRequest": [{"hooks": [], "command": "evil"}]},
    ],
    ids=str,
)
def test_hooks_of_any_form_are_shown_or_refused(invoke, work, odd) -> None:
    """Whatever the settings hold in their place."""
    write_project(work, hooks=odd)

    result = invoke("trust", "--yes")

    assert result.exit_code in (0, 2)
    assert "evil" in result.output or result.exit_code == 2
    assert "unexpected" not in result.stderr


def test_json_says_the_same(invoke, work) -> None:
    """One object, which follows its schema; values of ``.env`` are not in it."""
    result = invoke("trust", "--yes", "--format", "json")

    found = checked("trust", result.stdout)
    assert (found["project"], found["trusted"]) == (str(work), True)
    assert found["settings"] == {"provider": "hf"}
    assert found["hooks"] == hooks("python tools/hook.py")
    assert (found["variables"], found["prompts"]) == (["HF_TOKEN"], ["review.md"])
    assert is_trusted()


def test_settings_that_are_broken_are_not_trusted(invoke, work) -> None:
    """They would end every command."""
    (work / SETTINGS).write_text('{"provder": 1}')

    result = invoke("trust", "--yes")

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"Error: {work / SETTINGS}: unknown key 'provder'")
    assert not is_trusted()


# When it asks.


@pytest.mark.parametrize("output_format", ["text", "json"])
def test_without_a_terminal_it_wants_yes(invoke, output_format) -> None:
    """It shows what there is, and ends with 2."""
    result = invoke("trust", "--format", output_format, input="y\n")

    assert result.exit_code == 2
    assert "review.md" in result.stdout
    assert "add --yes to trust it" in result.stderr
    if output_format == "json":
        assert checked("trust", result.stdout)["trusted"] is False
        checked("error", result.stderr)
    assert not is_trusted()


@pytest.fixture
def terminal(work, tmp_path):
    """Run the command on a terminal, type an answer, and return its end and what was shown."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path / "home"),
        "OLLAMA_CLI_DATA_DIR": str(tmp_path / "data"),
    }

    def run(answer: str, before=lambda: None) -> tuple[int, str]:
        ours, theirs = pty.openpty()
        shell = Shell(environment)
        with shell.start("trust", stdin=theirs, stdout=theirs, stderr=theirs) as process:
            os.close(theirs)
            try:
                shown = _read(ours, b"[y/N]: ")
                before()
                os.write(ours, answer.encode())
                shown += _read(ours)
                process.wait(PATIENCE_S)
            finally:
                process.kill()
        os.close(ours)
        return process.returncode, shown.decode()

    return run


def _read(terminal: int, until: bytes | None = None) -> bytes:
    shown = b""
    while until is None or not shown.endswith(until):
        assert select.select([terminal], [], [], PATIENCE_S)[0], shown
        try:
            piece = os.read(terminal, 1 << 16)
        except OSError:  # Linux says so if nobody has it open any more
            break
        if not piece:
            break
        shown += piece
    return shown


@pytest.mark.parametrize(
    ("answer", "code", "trusted"),
    [
        ("y\n", 0, True),
        ("n\n", 1, False),
        ("\n", 1, False),
        ("\x04", 130, False),
    ],
)
def test_on_a_terminal_it_asks(terminal, answer, code, trusted) -> None:
    """The default is no."""
    found, shown = terminal(answer)

    assert found == code
    assert "at PreRequest: python tools/hook.py" in shown
    assert "Trust it, as it is now? [y/N]" in shown
    assert is_trusted() is trusted


def test_what_was_shown_is_what_is_bound(terminal, work) -> None:
    """A file that is swapped while the user reads is not trusted."""
    found, shown = terminal("y\n", before=lambda: (work / "tools/hook.py").write_text("evil"))

    assert found == 1
    assert "changed while it was shown, so it is not trusted" in shown
    assert not is_trusted()
    assert trusted_projects() == {}


def test_it_asks_for_what_is_trusted_no_second_time(invoke, trusted_work) -> None:
    """It says so."""
    result = invoke("trust")

    assert result.exit_code == 0
    assert result.stdout.endswith("\nIt was trusted already.\n")


# Which project.


def test_a_path_names_the_project(invoke, work, monkeypatch) -> None:
    """Any folder in it does."""
    monkeypatch.chdir("/")

    assert invoke("trust", str(work / "tools"), "--yes").exit_code == 0
    assert list(trusted_projects()) == [str(work)]


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/", "there is no project here: neither this folder"),
        ("..", "there is no project here: neither this folder"),
        ("missing", "there is no folder missing"),
        (SETTINGS, f"there is no folder {SETTINGS}"),
        ("", "the path is empty"),
        ("a\nb\x1b[A", r"there is no folder a\nb\x1b[A"),
    ],
)
def test_where_there_is_none_an_error_says_so(invoke, path, told) -> None:
    """Nothing is trusted: not the root of the file system, and not the home folder."""
    result = invoke("trust", path, "--yes")

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"Error: {told}")
    assert trusted_projects() == {}


def test_one_that_is_ignored_is_not_trusted(invoke, work, monkeypatch) -> None:
    """The error says why."""
    (work / ".ollama").chmod(0o777)

    result = invoke("trust", "--yes")

    assert result.exit_code == 2
    assert result.stderr == (f"Error: {work}/.ollama is ignored, because others can write to it\n")


def test_one_of_another_user_is_not_trusted(invoke, work, monkeypatch) -> None:
    """Its owner could change it."""
    give_away(work, monkeypatch)
    if os.geteuid() == 0:
        give_away(work / ".ollama", monkeypatch)

    assert invoke("trust", "--yes").exit_code == 2


def test_one_that_is_too_large_is_not_trusted(invoke, work) -> None:
    """The error says why."""
    with (work / ".ollama" / "model").open("wb") as file:
        file.truncate(50 << 20)

    result = invoke("trust", "--yes")

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == (
        f"Error: the project {work} cannot be trusted, because it holds more than 16 MiB\n"
    )


def test_an_empty_one_needs_no_trust(invoke, tmp_path, monkeypatch) -> None:
    """It says so."""
    monkeypatch.chdir(write_project(tmp_path / "home" / "empty"))

    result = invoke("trust")

    assert result.exit_code == 0
    assert result.stdout.endswith("\nThere is nothing to trust.\n")
    assert trusted_projects() == {}


# The list.


def test_the_list_says_what_became_of_each(invoke, trusted_work, tmp_path) -> None:
    """One line each: still trusted, changed, or gone."""
    changed = write_project(tmp_path / "home" / "changed", provider="hf")
    gone = write_project(tmp_path / "home" / "gone", provider="hf")
    trust_project(changed)
    trust_project(gone)
    (changed / SETTINGS).write_text("{}")
    gone.rename(tmp_path / "home" / "moved")

    rows = checked("trust", invoke("trust", "--list", "--format", "json").stdout)["projects"]
    lines = invoke("trust", "--list").stdout.splitlines()

    assert [(row["project"], row["state"]) for row in rows] == [
        (str(changed), "changed"),
        (str(gone), "missing"),
        (str(trusted_work), "trusted"),
    ]
    assert [line.split()[0] for line in lines] == ["STATE", "changed", "missing", "trusted"]
    assert lines[-1].endswith(str(trusted_work))


def test_an_empty_list_says_so(invoke) -> None:
    """In words, or as an empty list."""
    assert invoke("trust", "--list").stdout == "No project is trusted.\n"
    assert json.loads(invoke("trust", "--list", "--format", "json").stdout) == {"projects": []}


def test_a_damaged_list_is_an_error(invoke, trusted_work, tmp_path) -> None:
    """It says what to do."""
    store = tmp_path / "data" / "trust.json"
    store.write_text("{")

    result = invoke("trust", "--list")

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        f"Error: {store} is damaged; delete it, and trust your projects again\n"
    )


@pytest.mark.parametrize("place", [".", "tools", "gone"])
def test_trust_can_be_revoked(invoke, trusted_work, place) -> None:
    """From anywhere in the project, also after its folder is gone."""
    path = Path(place)
    if place == "gone":
        moved = trusted_work.with_name("gone")
        trusted_work.rename(moved)
        path = trusted_work

    result = invoke("trust", "--revoke", str(path))

    assert result.stdout == f"{trusted_work} is trusted no longer.\n"
    assert trusted_projects() == {}


def test_what_is_not_trusted_can_be_revoked(invoke) -> None:
    """It changes nothing."""
    assert invoke("trust", "--revoke").stdout == "It was not trusted.\n"
    found = checked("trust", invoke("trust", "--revoke", "--format", "json").stdout)
    assert found == {"project": None, "trusted": False}


@pytest.mark.parametrize(
    "arguments",
    [("--list", "--yes"), ("--list", "."), ("--revoke", "--list"), ("--yes", "--revoke")],
)
def test_what_excludes_another_is_refused(invoke, arguments) -> None:
    """It ends with 2."""
    assert invoke("trust", *arguments).exit_code == 2


# From outside.


@pytest.fixture
def outside(shell, work, tmp_path):
    """The command in the project, as a process."""

    def run(*arguments: str, **changes: str | None) -> subprocess.CompletedProcess[str]:
        folders = {"HOME": str(tmp_path / "home"), "OLLAMA_CLI_DATA_DIR": str(tmp_path / "data")}
        return shell.run(*arguments, **folders, **changes)

    return run


def test_an_untrusted_project_sends_nothing_to_a_stranger(outside, work, router) -> None:
    """Its address, its hook and its variables are ignored, with one line."""
    write_project(
        work,
        {".env": "HF_BASE_URL=http://127.0.0.1:9\nHF_TOKEN=theirs"},
        provider="evil",
        providers={
            "evil": {"base_url": "http://127.0.0.1:9", "api_key_env": "HF_TOKEN"},
            "hf": {"base_url": "http://127.0.0.1:9"},
        },
        hooks=hooks("touch ran"),
    )

    result = outside("--provider", "hf", "Why?")

    assert (result.returncode, result.stdout) == (0, "Blue.\n")
    assert result.stderr.count("\n") == 1
    assert "'ollama-cli trust'" in result.stderr
    (exchange,) = router.exchanges
    assert exchange.headers["authorization"] == f"Bearer {TOKEN}"
    assert not (work / "ran").exists()


def test_a_trusted_project_sets_what_is_missing(outside, work, router) -> None:
    """Its settings count, and ``.env`` sets what the environment does not have."""
    write_project(
        work,
        {".env": f"HF_TOKEN=from-env-file\nHF_BASE_URL={router.url}/v1\nPATH=/nowhere\n"},
        provider="hf",
        model="org/theirs",
    )
    trust_project(work)

    result = outside("Why?", HF_TOKEN=None, HF_BASE_URL=None)
    outside("Why?", HF_BASE_URL=None)

    assert (result.returncode, result.stdout, result.stderr) == (0, "Blue.\n", "")
    first, second = router.exchanges
    assert first.body["model"] == "org/theirs"
    assert first.headers["authorization"] == "Bearer from-env-file"
    assert second.headers["authorization"] == f"Bearer {TOKEN}"


def test_a_wrong_value_is_told_of_its_own_file(outside, work, tmp_path) -> None:
    """Not of the user's, which is right."""
    write_project(work, tasks="coding")
    trust_project(work)

    result = outside("Why?", HF_TOKEN=None)

    assert result.returncode == 2
    assert result.stderr.startswith(f"Error: {work / SETTINGS}: tasks must be a mapping")


@pytest.mark.parametrize("argument", ["--help", "--version"])
def test_help_does_not_look_at_the_project(outside, work, argument) -> None:
    """It says nothing of it."""
    (work / SETTINGS).unlink()
    os.mkfifo(work / SETTINGS)

    assert outside(argument).stderr == ""
