"""What hooks of a trusted project run: a copy of what was trusted, and nothing else."""

import stat
import subprocess
from pathlib import Path

import pytest
from ollama_cli.settings.private_copy import PrivateCopy
from ollama_cli.settings.trust import Project, trusted_project

from ._project import hooks, trust_project, write_project

SCRIPT = "#!/bin/sh\necho trusted\n"


@pytest.fixture
def project(work) -> Project:
    """A trusted project with a script that may be executed, and one beside it."""
    write_project(
        work,
        {"tools/check.sh": SCRIPT, "tools/my check.sh": SCRIPT, ".ollama/lib.sh": "echo lib"},
        hooks={
            **hooks("./tools/check.sh"),
            **hooks("sh 'tools/my check.sh'", "Error"),
            **hooks("python tools/hook.py", "PostResponse"),
        },
    )
    (work / "tools/check.sh").chmod(0o755)
    trust_project(work)
    found = trusted_project().project
    assert found is not None
    return found


@pytest.fixture
def copy(project):
    """A copy of it."""
    with PrivateCopy(project) as made:
        yield made


def test_the_copy_is_private(copy, project) -> None:
    """Nobody else can read or change it, and what may be executed still may."""
    modes = {
        str(path.relative_to(copy.folder)): stat.S_IMODE(path.stat().st_mode)
        for path in (copy.folder, *copy.folder.rglob("*"))
    }

    assert modes.pop("tools/check.sh") == 0o700
    assert {modes[name] for name in (".", "tools", ".ollama", ".ollama/prompts")} == {0o700}
    files = {name for name in modes if (copy.folder / name).is_file()}
    assert {modes[name] for name in files} == {0o600}
    assert files == project.files.keys() - {"tools/check.sh", ".env"}


def test_credentials_are_not_copied(copy) -> None:
    """A hook gets those that it lists, from the environment."""
    assert not copy.path(".env").exists()


def test_the_copy_is_removed(project) -> None:
    """Also after an error."""
    with pytest.raises(ZeroDivisionError), PrivateCopy(project) as copy:
        raise ZeroDivisionError

    assert not copy.folder.exists()
    copy.close()


COMMANDS = [
    "./tools/check.sh",
    "tools/check.sh --fast",
    "sh tools/check.sh",
    'sh "tools/check.sh"',
    "sh 'tools/my check.sh'",
    "sh tools/my\\ check.sh",
    "cd tools && ./check.sh",
    "cd tools; sh ./check.sh",
    "true && sh tools/check.sh | cat",
    "sh -c 'sh tools/check.sh'",
    "sh -c \"sh 'tools/my check.sh'\"",
    'X=; sh -c "sh tools/check.sh $X"',
    "sh $PWD/tools/check.sh",
    'sh "${OLLAMA_CLI_PROJECT_DIR}/tools/check.sh"',
    "sh <tools/check.sh",
    "env A=tools/check.sh sh -c 'sh $A'",
    "sh {root}/tools/check.sh",
    "echo tools; sh tools/check.sh",
]


@pytest.mark.parametrize("command", COMMANDS)
def test_a_script_that_was_changed_meanwhile_is_not_run(copy, work, command) -> None:
    """However the command names it, what was trusted runs."""
    for name in ("check.sh", "my check.sh"):
        (work / "tools" / name).write_text("echo evil\n")

    result = _run(copy.command(command.replace("{root}", str(work))), work)

    assert result.stdout.splitlines()[-1:] == ["trusted"]
    assert "evil" not in result.stdout


def _run(command: str, work: Path) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": "/usr/bin:/bin", "OLLAMA_CLI_PROJECT_DIR": str(work)}
    return subprocess.run(
        ["/bin/sh", "-c", command],
        cwd=work,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def test_a_script_finds_what_lies_beside_it(project, work) -> None:
    """All of ``.ollama`` is in the copy."""
    write_project(
        work,
        {".ollama/hooks/run.sh": '. "$(dirname "$0")/../lib.sh"'},
        hooks=hooks("sh .ollama/hooks/run.sh"),
    )
    trust_project(work)
    found = trusted_project().project
    assert found is not None

    with PrivateCopy(found) as copy:
        assert _run(copy.command("sh .ollama/hooks/run.sh"), work).stdout == "lib\n"


@pytest.mark.parametrize("make", ["file", "link"])
def test_a_script_that_trust_does_not_cover_is_not_found(copy, work, tmp_path, make) -> None:
    """It appeared later, or lies behind a link that leads out of the project."""
    evil = tmp_path / "evil.sh"
    evil.write_text("echo evil")
    late = work / "late.sh"
    late.write_text("echo evil") if make == "file" else late.symlink_to(evil)

    result = _run(copy.command("sh ./late.sh"), work)

    assert result.returncode != 0
    assert "evil" not in result.stdout


@pytest.mark.parametrize(
    "command",
    [
        "echo 'a b'  \"c  d\" $HOME `id` $(id) *",
        "python -c 'print(1)'",
        "git diff --stat | grep -c .",
        "echo 'unbalanced",
        'echo "\\"" \\; \\',
        "",
        "echo tools .ollama .",
        "printf '%s\\n' a\nprintf b",
    ],
)
def test_any_other_command_stays_as_it_is(copy, command) -> None:
    """Its quotes, too."""
    assert copy.command(command) == command


def test_a_huge_command_is_read_at_once(copy) -> None:
    """It takes no longer than its length."""
    for command in ("a " * 16_000, "'" * 32_001, '"' + "\\" * 32_001, "(" * 32_000):
        assert copy.command(command) == command


def test_a_copy_that_cannot_be_written_is_an_error(project, monkeypatch, tmp_path) -> None:
    """Nothing of it is left."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "missing"))

    with pytest.raises(FileNotFoundError):
        PrivateCopy(project)
