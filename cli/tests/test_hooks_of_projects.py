"""Hooks and status lines of a project: from a trusted one only, and as they were trusted."""

import asyncio
import json
from pathlib import Path

import pytest
from ollama_cli.hooks.firing import Hooks
from ollama_cli.settings.files import read_settings
from ollama_cli.settings.snapshot import take_snapshot
from ollama_cli.settings.trust import trust
from ollama_cli.status_lines.facts import Facts
from ollama_cli.status_lines.lines import StatusLine

from ._hooks import hook, setting
from ._settings import write_settings

SAYS = '#!/bin/sh\necho \'{"additional_context": "%s"}\'\n'


@pytest.fixture(autouse=True)
def folders(monkeypatch, tmp_path) -> None:
    """Keep settings and data apart from the machine's."""
    monkeypatch.setenv("OLLAMA_CLI_CONFIG_DIR", str(tmp_path / "settings"))
    monkeypatch.setenv("OLLAMA_CLI_DATA_DIR", str(tmp_path / "data"))


@pytest.fixture
def project(monkeypatch, tmp_path) -> Path:
    """A project with a hook in a script, in a folder of which the command is called."""
    root = tmp_path / "my project"
    for folder in (root / ".ollama" / "hooks", root / ".ollama" / "status_lines", root / "src"):
        folder.mkdir(parents=True, mode=0o755)
    executable(root / ".ollama" / "hooks" / "add.sh", SAYS % "theirs")
    executable(root / ".ollama" / "status_lines" / "line", "#!/bin/sh\necho theirs in $PWD\n")
    values = {
        "hooks": setting("UserPromptSubmit", hook(".ollama/hooks/add.sh")),
        "status_line": "line",
    }
    (root / ".ollama" / "settings.json").write_text(json.dumps(values))
    monkeypatch.chdir(root / "src")
    return root


def executable(file: Path, content: str) -> None:
    """Write a script."""
    file.write_text(content)
    file.chmod(0o755)


async def fire(hooks: Hooks, event: str = "UserPromptSubmit"):
    """Tell the hooks of a prompt."""
    return await hooks.fire(event, "hf", None, None, prompt="Why?")


async def test_untrusted_project_runs_nothing(project) -> None:
    """Neither its hooks nor its status lines are known."""
    settings = read_settings()

    assert Hooks.of(settings).all == ()
    assert await StatusLine(settings).render(Facts()) is None


async def test_hooks_of_a_trusted_project_follow_the_users(project, tmp_path) -> None:
    """The user's run first."""
    command = 'printf \'{"additional_context": "mine"}\''
    write_settings(tmp_path, hooks=setting("UserPromptSubmit", hook(command)))
    trust(take_snapshot(project))

    hooks = Hooks.of(read_settings())

    assert [each.source for each in hooks.all] == ["user", "project"]
    assert (await fire(hooks)).additional_context == ["mine", "theirs"]


async def test_the_project_is_where_they_run(project) -> None:
    """Relative names work from every folder of the project; a variable names it as well."""
    command = 'printf \'{"additional_context": "%s %s"}\' "$PWD" "$OLLAMA_CLI_PROJECT_DIR"'
    values = {"hooks": setting("UserPromptSubmit", hook(command))}
    (project / ".ollama" / "settings.json").write_text(json.dumps(values))
    trust(take_snapshot(project))

    outcome = await fire(Hooks.of(read_settings()))

    assert outcome.additional_context == [f"{project} {project}"]
    assert json.loads(outcome.runs[0].sent)["cwd"] == str(project / "src")


async def test_a_script_that_changed_is_not_run(project) -> None:
    """Between reading the settings and running the hook, too."""
    trust(take_snapshot(project))
    hooks = Hooks.of(read_settings())
    executable(project / ".ollama" / "hooks" / "add.sh", SAYS % "changed")

    outcome = await fire(hooks)

    assert outcome.additional_context == []
    assert "the project has changed since it was trusted" in outcome.notes[0]
    assert Hooks.of(read_settings()).all == ()


async def test_what_changes_while_it_runs_is_used_as_it_was(project) -> None:
    """A copy of what was trusted is what runs, with what lies beside it."""
    folder = project / ".ollama" / "hooks"
    changes = 'echo "echo changed" >"$OLLAMA_CLI_PROJECT_DIR/.ollama/hooks/library.sh"'
    executable(folder / "library.sh", SAYS % "theirs")
    executable(folder / "add.sh", f'#!/bin/sh\n{changes}\n. "$(dirname "$0")/library.sh"\n')
    trust(take_snapshot(project))

    outcome = await fire(Hooks.of(read_settings()))

    assert outcome.additional_context == ["theirs"]
    assert (folder / "library.sh").read_text() == "echo changed\n"


@pytest.mark.parametrize("required", [True, False])
async def test_project_cannot_disable_required_hooks(project, tmp_path, required) -> None:
    """It may disable others."""
    mine = hook("echo 'No secrets.' >&2; exit 2", required=required)
    write_settings(tmp_path, hooks=setting("UserPromptSubmit", mine))
    (project / ".ollama" / "settings.json").write_text(json.dumps({"disable_hooks": True}))
    trust(take_snapshot(project))

    outcome = await fire(Hooks.of(read_settings()))

    assert outcome.denied == ("No secrets." if required else None)


async def test_status_line_of_a_trusted_project(project) -> None:
    """It runs in the project's folder."""
    trust(take_snapshot(project))

    line = await StatusLine(read_settings()).render(Facts(), 300)

    assert line == f"theirs in {project}"


async def test_status_line_of_the_user_comes_first(project, tmp_path) -> None:
    """A project does not replace one of the same name."""
    folder = write_settings(tmp_path).parent / "status_lines"
    folder.mkdir(mode=0o700)
    executable(folder / "line", "#!/bin/sh\necho mine\n")
    trust(take_snapshot(project))

    assert await StatusLine(read_settings()).render(Facts(), 300) == "mine"


async def test_status_line_that_changed_is_not_run(project) -> None:
    """What was trusted is what runs."""
    trust(take_snapshot(project))
    line = StatusLine(read_settings())
    executable(project / ".ollama" / "status_lines" / "line", "#!/bin/sh\necho changed\n")

    assert "changed since" in (await line.render(Facts(), 300) or "")


def test_no_copy_is_left(project) -> None:
    """What a hook or a status line ran from is removed."""
    for name in ("hooks/add.sh", "status_lines/line"):
        executable(project / ".ollama" / name, '#!/bin/sh\necho "$0"\n')
    trust(take_snapshot(project))
    settings = read_settings()

    finished = asyncio.run(fire(Hooks.of(settings))).runs[0].finished
    line = asyncio.run(StatusLine(settings).render(Facts(), 300))

    assert finished is not None
    for place in (finished.stdout.decode().strip(), line or ""):
        assert place.endswith((".ollama/hooks/add.sh", ".ollama/status_lines/line"))
        assert not place.startswith(str(project))
        assert not Path(place.partition(".ollama")[0]).exists()
