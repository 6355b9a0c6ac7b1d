"""``ollama-cli config edit``: a draft in the user's editor, which never replaces good by bad."""

import json
import shlex
import sys
from pathlib import Path

import pytest
from ollama_cli.settings.draft import edit_settings
from ollama_cli.settings.files import SettingsError

from ._router import PATIENCE_S


@pytest.fixture
def editor(tmp_path, monkeypatch):
    """Be an editor that runs these lines of Python; ``draft`` is the path of what is edited."""
    monkeypatch.delenv("VISUAL", raising=False)

    def use(code: str, variable: str = "EDITOR") -> None:
        script = tmp_path / f"editor of {variable}.py"
        script.write_text(
            "import json, os, sys\nfrom pathlib import Path\n"
            f"wait, draft = sys.argv[1], Path(sys.argv[2])\nassert wait == '-w'\n{code}\n"
        )
        monkeypatch.setenv(variable, shlex.join([sys.executable, str(script), "-w"]))

    return use


def drafts(file: Path) -> list[Path]:
    """Return the drafts that are left."""
    return [path for path in file.parent.iterdir() if "draft" in path.name]


def test_what_is_edited_counts(invoke, settings, editor) -> None:
    """The editor may have arguments, and sees a private file beside the settings."""
    file = settings(provider="hf")
    editor(
        f"assert draft.parent == Path({str(file.parent)!r}) and draft.suffix == '.json'\n"
        "assert draft.stat().st_mode & 0o777 == 0o600\n"
        "draft.write_text(draft.read_text().replace('hf', 'claude'))"
    )

    result = invoke("config", "edit")

    assert (result.exit_code, result.output) == (0, "")
    assert json.loads(file.read_text()) == {"provider": "claude"}
    assert (drafts(file), file.stat().st_mode & 0o777) == ([], 0o600)


def test_the_first_settings_are_made(invoke, tmp_path, editor) -> None:
    """The draft of no file is an empty object."""
    editor('assert json.loads(draft.read_text()) == {}\ndraft.write_text(\'{"model": "m"}\')')

    assert invoke("config", "edit").exit_code == 0
    assert (tmp_path / "settings" / "settings.json").read_text() == '{"model": "m"}'


def test_without_a_terminal_an_editor_must_be_named(shell, tmp_path) -> None:
    """A script does not end up in ``vi``, and nothing is left behind."""
    result = shell.run("config", "edit", OLLAMA_CLI_CONFIG_DIR=str(tmp_path / "new"))

    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == (
        "Error: there is no terminal to edit in: use 'config set', or set EDITOR; nothing is "
        "changed\n"
    )
    assert list((tmp_path / "new").glob("*draft*")) == []


def test_visual_comes_before_editor(invoke, settings, editor) -> None:
    """As elsewhere."""
    file = settings()
    editor('draft.write_text(\'{"model": "editor"}\')')
    editor('draft.write_text(\'{"model": "visual"}\')', "VISUAL")

    invoke("config", "edit")

    assert json.loads(file.read_text()) == {"model": "visual"}


def test_nothing_edited_is_nothing_changed(invoke, settings, editor) -> None:
    """A line says so, because the editor may not have waited."""
    file = settings(provider="hf")
    before = file.stat()
    editor("")

    result = invoke("config", "edit")

    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr.startswith("Nothing is changed.")
    assert (file.stat().st_ino, drafts(file)) == (before.st_ino, [])


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('{"provder": "hf"}', "unknown key 'provder'; did you mean 'provider'? Nothing is"),
        ('{"provider": ', "line 1, column 14: Expecting value. Nothing is changed"),
        ('{"tasks": []}', "tasks must be a mapping, not list. Nothing is changed"),
        ("", "line 1, column 1: Expecting value. Nothing is changed"),
        (f'{{"{"x" * 5000}": 1}}', "unknown key 'xxx"),
    ],
)
def test_a_wrong_draft_is_kept(invoke, settings, editor, text, problem) -> None:
    """The settings stay, and the error says what is wrong and where the draft is."""
    file = settings(provider="hf")
    editor(f"draft.write_text({text!r})")

    result = invoke("config", "edit")
    (draft,) = drafts(file)

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"Error: {file}: {problem}")
    assert result.stderr.endswith(f", and your draft is {draft}\n")
    assert (json.loads(file.read_text()), draft.read_text()) == ({"provider": "hf"}, text)


def test_a_wrong_draft_may_be_edited_again(settings, editor, monkeypatch) -> None:
    """It is the same draft, and what was wrong is told."""
    file = settings(provider="hf")
    monkeypatch.setenv("OLLAMA_CLI_CONFIG_DIR", str(file.parent))
    editor(
        "text = draft.read_text()\n"
        "draft.write_text(text.replace('prov', 'prv') if 'prv' not in text else '{}')"
    )
    told = []

    def again(problem: str) -> bool:
        told.append(problem)
        return True

    assert edit_settings(again)
    assert told == ["unknown key 'prvider'; did you mean 'provider'?"]
    assert (file.read_text(), drafts(file)) == ("{}", [])


def test_a_broken_file_can_be_mended(invoke, settings, editor) -> None:
    """The draft is what is there."""
    file = settings()
    file.write_text('{"provider": "hf"')
    editor("draft.write_text(draft.read_text() + '}')")

    assert invoke("config", "edit").exit_code == 0
    assert json.loads(file.read_text()) == {"provider": "hf"}


@pytest.mark.parametrize("edited", ["", "draft.write_text('{}')\n"])
def test_an_editor_that_fails_changes_nothing(invoke, settings, editor, edited) -> None:
    """What was written is kept."""
    file = settings(provider="hf")
    editor(f"{edited}raise SystemExit(3)")

    result = invoke("config", "edit")

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith(f"Error: the editor {sys.executable!r} ended with 3")
    assert ("othing is changed" in result.stderr, len(drafts(file))) == (True, bool(edited))
    assert json.loads(file.read_text()) == {"provider": "hf"}


@pytest.mark.parametrize("command", ["no-such-editor -w", "'unended", "/"])
def test_no_editor_is_an_error(invoke, settings, monkeypatch, command) -> None:
    """It says how to name one."""
    file = settings()
    monkeypatch.setenv("VISUAL", command)

    result = invoke("config", "edit")

    assert (result.exit_code, drafts(file)) == (1, [])
    assert "cannot be started: " in result.stderr
    assert "name another in EDITOR" in result.stderr


def test_a_change_of_somebody_else_is_not_lost(invoke, settings, editor) -> None:
    """The draft is kept instead, and nobody's change disappears without notice."""
    file = settings(provider="hf")
    editor(
        f'Path({str(file)!r}).write_text(\'{{"model": "theirs"}}\')\n'
        'draft.write_text(\'{"model": "mine"}\')'
    )

    result = invoke("config", "edit")
    (draft,) = drafts(file)

    assert result.exit_code == 2
    assert result.stderr == (
        f"Error: {file}: it was changed in the meantime; your draft is {draft}\n"
    )
    assert json.loads(file.read_text()) == {"model": "theirs"}
    assert json.loads(draft.read_text()) == {"model": "mine"}


def test_a_credential_is_refused(invoke, settings, editor) -> None:
    """It is not repeated; the draft of the user is the user's."""
    file = settings()
    editor('draft.write_text(\'{"api_key": "sk-canary"}\')')

    result = invoke("config", "edit")

    assert (result.exit_code, file.read_text()) == (2, "{}")
    assert "store it with 'ollama-cli login'" in result.stderr
    assert "canary" not in result.stderr


def test_a_link_stays(invoke, tmp_path, settings, editor) -> None:
    """What it leads to is replaced."""
    file = settings(provider="hf")
    kept = file.rename(tmp_path / "kept.json")
    file.symlink_to(kept)
    editor("draft.write_text('{}')")

    assert invoke("config", "edit").exit_code == 0
    assert (file.is_symlink(), kept.read_text()) == (True, "{}")


def test_ctrl_c_is_the_editors(tmp_path, shell) -> None:
    """The command waits for its editor, which hears Ctrl-C as ever."""
    folder = tmp_path / "s"
    folder.mkdir(mode=0o700)
    script = tmp_path / "editor.py"
    script.write_text(
        "import os, signal, sys, time\nfrom pathlib import Path\n"
        "try:\n"
        "    os.kill(os.getppid(), signal.SIGINT)\n"
        "    os.kill(os.getpid(), signal.SIGINT)\n"
        f"    time.sleep({PATIENCE_S})\n"
        "except KeyboardInterrupt:\n"
        '    Path(sys.argv[1]).write_text(\'{"model": "m"}\')\n'
    )
    editor = shlex.join([sys.executable, str(script)])

    result = shell.run("config", "edit", OLLAMA_CLI_CONFIG_DIR=str(folder), EDITOR=editor)

    assert (result.returncode, result.stderr) == (0, "")
    assert json.loads((folder / "settings.json").read_text()) == {"model": "m"}


def test_without_a_folder_there_is_nothing_to_edit(monkeypatch) -> None:
    """The error says which variable names one."""
    monkeypatch.delenv("OLLAMA_CLI_CONFIG_DIR", raising=False)
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.delenv("APPDATA", raising=False)

    with pytest.raises(SettingsError, match="set OLLAMA_CLI_CONFIG_DIR"):
        edit_settings(bool)
