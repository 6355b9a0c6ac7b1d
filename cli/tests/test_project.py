"""Where the project is, and when there is none."""

import os
import stat
from pathlib import Path

import pytest
from ollama_cli.settings import project as finding
from ollama_cli.settings.project import find_project, offers_something

from ._project import give_away, write_project


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch) -> Path:
    """The user's home folder."""
    folder = tmp_path / "home"
    folder.mkdir(mode=0o755)
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def root(home) -> Path:
    """A project in the home folder."""
    return write_project(home / "work")


@pytest.mark.parametrize("inside", [".", "a", "a/b/c", ".ollama", ".ollama/prompts"])
def test_the_nearest_folder_with_one_is_the_project(root, monkeypatch, inside) -> None:
    """From anywhere in it, also from inside of the folder itself."""
    (root / inside).mkdir(parents=True, exist_ok=True)
    monkeypatch.chdir(root / inside)

    assert find_project() == (root, "")


def test_the_inner_of_two_is_the_project(root) -> None:
    """Nothing of the outer one counts."""
    inner = write_project(root / "vendor" / "inner")

    assert find_project(inner).root == inner


@pytest.mark.parametrize("kind", ["folder", "file"])
def test_the_search_ends_at_the_root_of_the_repository(root, kind) -> None:
    """Also in a worktree, where ``.git`` is a file."""
    inner = root / "cloned"
    (inner / "deep").mkdir(parents=True)
    (inner / ".git").mkdir() if kind == "folder" else (inner / ".git").write_text("gitdir: x")

    assert find_project(inner / "deep") == (None, "")


def test_the_root_of_the_repository_can_be_the_project(root) -> None:
    """It is searched before the search ends."""
    (root / ".git").mkdir()

    assert find_project(root).root == root


def test_the_home_folder_is_no_project(home) -> None:
    """The folder there belongs to Ollama, which keeps keys in it."""
    write_project(home, {".ollama/id_ed25519": "private"})
    (home / "work").mkdir()

    assert find_project(home) == (None, "")
    assert find_project(home / "work") == (None, "")
    assert find_project(home / ".ollama") == (None, "")


def test_the_users_own_home_is_no_project_if_another_is_set(root, monkeypatch) -> None:
    """A variable does not turn Ollama's keys into those of a project."""
    import pwd

    entry = pwd.getpwuid(os.getuid())
    fields = [*entry[:5], str(root), entry[6]]
    monkeypatch.setattr(pwd, "getpwuid", lambda _: pwd.struct_passwd(fields))

    assert find_project(root) == (None, "")


def test_nobody_knows_the_home_folder(root, monkeypatch) -> None:
    """A container may run as a user without a name; projects are found there as well."""
    import pwd

    def unknown(_: int) -> None:
        raise KeyError

    monkeypatch.delenv("HOME")
    monkeypatch.setattr(pwd, "getpwuid", unknown)

    assert find_project(root).root == root


def test_the_root_of_the_file_system_is_no_project(monkeypatch) -> None:
    """Everything would be in it."""
    real = os.lstat
    folder = os.stat_result((stat.S_IFDIR | 0o755, 0, 0, 1, 0, 0, 0, 0, 0, 0))
    monkeypatch.setattr(
        finding.os, "lstat", lambda path: folder if str(path) == "/.ollama" else real(path)
    )

    assert find_project("/") == (None, "")


def test_a_file_of_that_name_is_passed_over(root) -> None:
    """Only a folder makes a project."""
    (root / "sub").mkdir()
    (root / "sub" / ".ollama").write_text("")

    assert find_project(root / "sub").root == root


def test_a_link_to_the_project_leads_to_one_place(root, home) -> None:
    """What is trusted does not depend on the way to it."""
    (home / "link").symlink_to(root)

    assert find_project(home / "link").root == root


@pytest.mark.parametrize("target", ["/etc", "../elsewhere", "missing", ".ollama"])
def test_a_folder_that_is_a_link_out_of_the_project_is_ignored(home, target) -> None:
    """So is one that leads nowhere, or to itself; a line says so."""
    (home / "elsewhere").mkdir()
    (home / "work").mkdir(mode=0o755)
    (home / "work" / ".ollama").symlink_to(target)

    told = f"{home}/work/.ollama is ignored, because it is a link that leads out of the project"
    assert find_project(home / "work") == (None, told)


def test_a_folder_that_is_a_link_within_the_project_counts(home) -> None:
    """People keep things in other places."""
    root = home / "work"
    (root / "config").mkdir(parents=True, mode=0o755)
    root.chmod(0o755)
    (root / ".ollama").symlink_to("config")

    assert find_project(root) == (root, "")


@pytest.mark.parametrize(
    ("name", "problem"),
    [(".ollama", "others can write to it"), (".", "others can write to its folder")],
)
def test_a_folder_that_others_can_write_to_is_ignored(root, name, problem) -> None:
    """Whoever writes to it could speak for the user; a line says so."""
    (root / name).chmod(0o777)

    assert find_project(root) == (None, f"{root}/.ollama is ignored, because {problem}")


def test_a_folder_of_another_user_is_ignored(root, monkeypatch) -> None:
    """A shared machine has other people's folders; a line says so."""
    give_away(root / ".ollama", monkeypatch)

    told = f"{root}/.ollama is ignored, because it belongs to another user"
    assert find_project(root) == (None, told)


def test_a_pipe_in_place_of_the_folder_is_ignored(home) -> None:
    """It is not opened."""
    (home / "work").mkdir(mode=0o755)
    os.mkfifo(home / "work" / ".ollama")

    told = f"{home}/work/.ollama is ignored, because it is not a folder"
    assert find_project(home / "work") == (None, told)


def test_the_note_shows_what_a_name_hides(home) -> None:
    """A line stays a line, and text runs in one direction."""
    root = write_project(home / "a\nb\x1b[2J\u202ec")
    (root / ".ollama").chmod(0o777)

    note = find_project(root).note

    assert note.startswith(f"{home}/a\\nb\\x1b[2J\\u202ec/.ollama is ignored, ")


def test_a_working_directory_that_is_gone_is_in_no_project(root, monkeypatch) -> None:
    """Somebody may have deleted it."""
    gone = root / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()

    assert find_project() == (None, "")


def test_a_folder_that_nobody_may_enter_is_passed_over(root, monkeypatch) -> None:
    """The search goes on above it."""
    (root / "closed").mkdir()
    real = os.lstat

    def lstat(path):
        if str(path).startswith(f"{root}/closed/"):
            raise PermissionError
        return real(path)

    monkeypatch.setattr(finding.os, "lstat", lstat)

    assert find_project(root / "closed").root == root


@pytest.mark.parametrize("start", ["missing", "loop", "nul\0"])
def test_what_is_not_there_is_in_no_project(home, start) -> None:
    """Nor is a circle of links."""
    (home / "loop").symlink_to("loop")

    assert find_project(start) == (None, "")


def test_a_very_deep_folder_is_in_its_project(root, monkeypatch) -> None:
    """Its path is longer than the system takes."""
    monkeypatch.chdir(root)
    for _ in range(25):
        Path("d" * 200).mkdir()
        monkeypatch.chdir("d" * 200)

    assert find_project().root == root


@pytest.mark.parametrize(
    ("files", "offers"),
    [
        ({}, False),
        ({".ollama/settings.json": "{}"}, True),
        ({".ollama/prompts/review.md": ""}, True),
        ({".ollama/.gitignore": "*"}, False),
        ({".ollama/deep/er/.keep": ""}, False),
        ({".env": "HF_TOKEN=x"}, True),
        ({".env": ""}, False),
        ({"README.md": "hello"}, False),
    ],
    ids=str,
)
def test_what_there_is_to_trust(home, files, offers) -> None:
    """An empty folder, and what only keeps it in a repository, is nothing."""
    assert offers_something(write_project(home / "work", files)) is offers


def test_a_search_reads_nothing_and_looks_at_little(home, monkeypatch) -> None:
    """It is made at every start: two looks per folder."""
    deep = home.joinpath(*"abcdefgh")
    deep.mkdir(parents=True)
    monkeypatch.chdir(deep)
    looks = []
    real = os.lstat
    monkeypatch.setattr(finding.os, "lstat", lambda path: looks.append(path) or real(path))
    monkeypatch.setattr(finding.os, "scandir", None)

    find_project()

    looks = [path for path in looks if Path(path).is_relative_to(home / "a")]
    assert len(looks) == 2 * len("abcdefgh")
