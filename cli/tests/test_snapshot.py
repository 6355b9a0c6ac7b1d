"""What of a project is read and covered, and what is ignored or refused."""

import os
import socket
import stat
from pathlib import Path

import pytest
from ollama_cli.settings import snapshot as reading
from ollama_cli.settings.files import read_settings
from ollama_cli.settings.snapshot import SnapshotError, take_snapshot
from ollama_cli.settings.trust import trust, trusted_project

from ._project import give_away, hooks, is_trusted, trust_project, write_project

SETTINGS = ".ollama/settings.json"


# Scripts that hooks name.


@pytest.mark.parametrize(
    "command",
    [
        "python tools/hook.py",
        "./tools/hook.py --fast",
        "tools/hook.py",
        "python 'tools/hook.py'",
        'python "tools/hook.py"',
        "python tools/../tools/hook.py",
        "python tools//hook.py",
        "sh -c 'python tools/hook.py'",
        "sh -c \"exec python 'tools/hook.py' $X\"",
        "cd tools && python hook.py",
        "true; python tools/hook.py|cat",
        "cat <tools/hook.py",
        "python $(echo tools/hook.py)",
        "python `echo tools/hook.py`",
        "run --script=tools/hook.py",
        "SCRIPT=tools/hook.py run",
        'python "$OLLAMA_CLI_PROJECT_DIR/tools/hook.py"',
        "python ${OLLAMA_CLI_PROJECT_DIR}/tools/hook.py",
        "python $PWD/tools/hook.py",
        "python ~/work/tools/hook.py",
        "python {work}/tools/hook.py",
        "python 'tools/hook.py",
    ],
)
def test_a_script_that_a_hook_names_is_covered(work, command) -> None:
    """However it is written."""
    write_project(work, provider="hf", hooks=hooks(command.replace("{work}", str(work))))

    assert take_snapshot(work).files.get("tools/hook.py") == b"print(1)"


def test_a_script_with_spaces_in_its_name_is_covered(work) -> None:
    """In quotes."""
    write_project(work, {"my hook.py": "x"}, hooks=hooks("python 'my hook.py'"))

    assert "my hook.py" in take_snapshot(work).files


def test_a_script_of_a_status_line_is_covered(work) -> None:
    """Those in their folder are anyway."""
    write_project(work, {"tools/line.sh": "x"}, status_line=["tools/line.sh"])

    assert "tools/line.sh" in take_snapshot(work).files


@pytest.mark.parametrize(
    "command", ["python /etc/passwd", "cat ../secret", "python ~/.profile", "cat $HOME/secret"]
)
def test_what_is_outside_is_not_covered(work, command) -> None:
    """It is no file of the project; nobody reads it."""
    (work.parent / "secret").write_text("secret")
    (work.parent / ".profile").write_text("secret")
    write_project(work, hooks=hooks(command))

    assert set(take_snapshot(work).files) == {".env", ".ollama/prompts/review.md", SETTINGS}


# Links, other users, and what is no file.


@pytest.mark.parametrize("target", ["/etc/passwd", "../secret", "missing", "settings.json"])
def test_a_link_that_leads_out_is_ignored(work, target) -> None:
    """So is one that leads nowhere, or to itself; a line says so, and nothing behind it is read."""
    (work.parent / "secret").write_text('{"provider": "evil"}')
    (work / SETTINGS).unlink()
    (work / SETTINGS).symlink_to(target if target.startswith("/") else f"../../{target}")

    found = take_snapshot(work)
    trust(found)

    told = f"{work / SETTINGS} is ignored, because it is a link that leads out of the project"
    assert found.notes == (told,)
    assert SETTINGS not in found.files
    assert read_settings().values == {}
    assert read_settings().notes == (told,)


def test_what_a_link_leads_to_may_not_change_to_count(work) -> None:
    """A link that is turned inward later ends trust."""
    (work / SETTINGS).unlink()
    (work / SETTINGS).symlink_to("/etc/passwd")
    trust_project(work)

    (work / SETTINGS).unlink()
    (work / SETTINGS).symlink_to("../other.json")
    write_project(work, {"other.json": '{"provider": "evil"}'})

    assert read_settings().values == {}


def test_a_folder_that_is_a_link_out_is_ignored(work) -> None:
    """Whatever is in it."""
    (work / ".ollama" / "commands").symlink_to("/etc")

    found = take_snapshot(work)

    assert not [name for name in found.files if "commands" in name]
    assert len(found.notes) == 1


def test_links_within_the_project_are_followed(work) -> None:
    """What they lead to is covered under the name of the link."""
    write_project(work, {"shared/prompts/a.md": "A", "shared/b.md": "B"})
    (work / ".ollama" / "more").symlink_to("../shared/prompts")
    (work / ".ollama" / "b.md").symlink_to(work / "shared" / "b.md")

    found = take_snapshot(work)
    trust(found)

    assert found.notes == ()
    assert found.files[".ollama/more/a.md"] == b"A"
    assert found.files[".ollama/b.md"] == b"B"
    assert is_trusted()
    (work / "shared" / "prompts" / "a.md").write_text("evil")
    assert not is_trusted()


@pytest.mark.parametrize("target", [".", "..", "prompts/.."])
def test_a_circle_of_links_is_ignored(work, target) -> None:
    """A line says so."""
    (work / ".ollama" / "again").symlink_to(target)

    found = take_snapshot(work)

    assert found.notes == (
        f"{work}/.ollama/again is ignored, because it is a link that leads in a circle",
    )


def test_a_script_behind_a_link_out_is_ignored(work) -> None:
    """It is named by a file of the project, and lies elsewhere."""
    (work / "tools" / "hook.py").unlink()
    (work / "tools" / "hook.py").symlink_to("/etc/passwd")

    found = take_snapshot(work)

    assert "tools/hook.py" not in found.files
    assert len(found.notes) == 1


def test_a_script_in_a_linked_folder_out_is_ignored(work) -> None:
    """So is what a link on the way to it leads to."""
    outside = write_project(work.parent / "outside", {"hook.py": "evil"})
    write_project(work, hooks=hooks("python linked/hook.py"))
    (work / "linked").symlink_to(outside)

    found = take_snapshot(work)

    assert "linked/hook.py" not in found.files
    assert found.notes == (
        f"{work}/linked/hook.py is ignored, because a link on the way to it leads out of the "
        "project",
    )


@pytest.mark.parametrize("name", [SETTINGS, ".env", "tools/hook.py", ".ollama/prompts/review.md"])
def test_a_file_that_others_can_write_to_is_ignored(work, name) -> None:
    """A line says so."""
    (work / name).chmod(0o666)

    found = take_snapshot(work)

    assert name not in found.files
    if name != SETTINGS:
        assert found.notes == (f"{work / name} is ignored, because others can write to it",)


def test_a_folder_that_others_can_write_to_is_ignored(work) -> None:
    """With all that is in it, wherever it is."""
    (work / ".ollama" / "prompts").chmod(0o777)
    (work / "tools").chmod(0o777)

    found = take_snapshot(work)

    assert set(found.files) == {SETTINGS, ".env"}
    assert found.notes == (
        f"{work}/.ollama/prompts is ignored, because others can write to it",
        f"{work}/tools/hook.py is ignored, because others can write to its folder",
    )


def test_a_file_of_another_user_is_ignored(work, monkeypatch) -> None:
    """A line says so."""
    if os.geteuid():
        give_away(work, monkeypatch)
    else:
        give_away(work / ".env", monkeypatch)

    found = take_snapshot(work)

    assert ".env" not in found.files
    assert any(note.endswith("belongs to another user") for note in found.notes)


def test_a_file_that_is_opened_to_others_ends_trust(trusted_work) -> None:
    """From then on it is ignored, which is a change."""
    (trusted_work / ".env").chmod(0o666)

    assert not is_trusted()


def _pipe(path: Path) -> None:
    os.mkfifo(path)


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(os.path.relpath(path))


def _device(path: Path) -> None:
    if os.geteuid() == 0:
        os.mknod(path, stat.S_IFCHR | 0o600, os.makedev(1, 5))  # /dev/zero
    else:
        os.mkfifo(path)


@pytest.mark.parametrize("make", [_pipe, _socket, _device])
@pytest.mark.parametrize("name", [SETTINGS, ".env", ".ollama/x"])
def test_what_is_no_file_is_ignored(work, name, make) -> None:
    """It is not opened, and nobody waits for it; a line says so."""
    (work / name).unlink(missing_ok=True)
    make(work / name)

    found = take_snapshot(work)

    assert name not in found.files
    assert found.notes == (f"{work / name} is ignored, because it is neither a file nor a folder",)


def test_a_folder_in_place_of_the_settings_is_no_setting(work) -> None:
    """It is a folder like others."""
    (work / SETTINGS).unlink()
    (work / SETTINGS).mkdir()
    trust_project(work)

    assert read_settings().values == {}


def test_what_cannot_be_read_is_ignored(work, monkeypatch) -> None:
    """A line says so."""
    real = os.open

    def opened(name, *rest, **more):
        if str(name).endswith("review.md"):
            raise PermissionError(13, "Permission denied")
        return real(name, *rest, **more)

    monkeypatch.setattr(reading.os, "open", opened)

    found = take_snapshot(work)

    assert found.notes == (
        f"{work}/.ollama/prompts/review.md is ignored, because it cannot be read: "
        "Permission denied",
    )


# Too much.


def test_more_than_can_be_read_is_refused(work) -> None:
    """A folder of models is no project."""
    with (work / ".ollama" / "model.gguf").open("wb") as file:
        file.truncate(50 << 20)

    with pytest.raises(SnapshotError, match="it holds more than 16 MiB"):
        take_snapshot(work)


def test_settings_of_50_megabytes_are_refused(trusted_work) -> None:
    """A trusted project is not trusted any more, and a line says why."""
    with (trusted_work / SETTINGS).open("wb") as file:
        file.truncate(50 << 20)

    found = trusted_project()

    assert found.project is None
    assert "is not trusted any more, because it holds more than 16 MiB" in found.notes[0]


@pytest.mark.parametrize("make", [Path.touch, Path.mkdir])
def test_more_files_than_can_be_read_are_refused(work, make) -> None:
    """Folders count as well."""
    for number in range(2_001):
        make(work / ".ollama" / str(number))

    with pytest.raises(SnapshotError, match="it holds more than 2000 files and folders"):
        take_snapshot(work)


def test_folders_without_end_are_refused(work) -> None:
    """The system would allow more of them than Python can follow."""
    work.joinpath(".ollama", *["d"] * 30).mkdir(parents=True)

    with pytest.raises(SnapshotError, match="folders more than 20 deep"):
        take_snapshot(work)


def test_names_that_are_no_text_are_covered(work) -> None:
    """A name may be any bytes."""
    odd = work / ".ollama" / os.fsdecode(b"\xff\n\x1b]0;x\x07")
    odd.write_text("x")
    trust_project(work)

    assert is_trusted()
    odd.unlink()
    assert not is_trusted()


def test_hooks_without_end_are_refused(work) -> None:
    """Each word in them would be looked for."""
    write_project(work, hooks=hooks(" ".join(map(str, range(10_000)))))

    with pytest.raises(SnapshotError, match="its hooks are longer than 32 KiB"):
        take_snapshot(work)


@pytest.mark.parametrize("word", ["a" * 5000, "a/" * 2500, "nul\0", "~nobody-knows/x", "~/" * 9])
def test_words_that_cannot_be_names_name_nothing(work, word) -> None:
    """A hook may hold any text."""
    write_project(work, hooks=hooks(f"echo {word}; cd {word}"))

    assert set(take_snapshot(work).files) == {SETTINGS, ".env", ".ollama/prompts/review.md"}


def test_the_folder_itself_may_be_a_link_within_the_project(work) -> None:
    """What it leads to is covered as if it were there."""
    (work / ".ollama").rename(work / "config")
    (work / ".ollama").symlink_to("config")
    trust_project(work)

    assert read_settings().values["provider"] == "hf"
    (work / "config" / "settings.json").write_text('{"provider": "evil"}')
    assert not is_trusted()
