"""The directory of a run, and its manifest."""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from provider_sdk.bulk.errors import BulkInputError, RunChangedError
from provider_sdk.bulk.store import Journal, JournalReader, Manifest, RunDirectory, own_files
from provider_sdk.bulk.store.network_folders import is_remote

from ._bulk_store import answer, foreign_folder, manifest, new_run, shards_of

# The directory


def test_a_new_directory_is_the_users_alone(tmp_path):
    """Whatever the umask; parents that are missing are made."""
    before = os.umask(0)
    try:
        directory = RunDirectory.create(tmp_path / "a" / "run")
        directory.begin(manifest())
    finally:
        os.umask(before)

    assert directory.path.stat().st_mode & 0o777 == 0o700
    assert {each.stat().st_mode & 0o777 for each in directory.path.iterdir()} == {0o600}


def test_a_run_that_began_is_found_again(tmp_path):
    """With its manifest, and an empty journal for each shard."""
    begun = manifest(4, shards=shards_of(2, 2))
    RunDirectory.create(tmp_path / "run").begin(begun)

    directory = RunDirectory.open(tmp_path / "run")

    assert directory.read_manifest() == begun
    for shard in begun.shards:
        with JournalReader.open(directory.journal_path(shard.number)) as journal:
            assert journal.ended() == set()


def test_a_directory_where_nothing_began_has_no_manifest(tmp_path):
    """It can be begun."""
    assert RunDirectory.create(tmp_path / "run").read_manifest() is None


def test_a_run_begins_once(tmp_path):
    """Its journals are not replaced."""
    directory = new_run(tmp_path)

    with pytest.raises(BulkInputError, match="has begun before"):
        directory.begin(manifest())


async def test_answers_without_a_manifest_are_kept(tmp_path):
    """They are not overwritten by a run that begins."""
    directory = new_run(tmp_path)
    async with Journal.open(directory.journal_path(0)) as journal:
        await journal.record(answer())
    directory.manifest_path.unlink()

    with pytest.raises(BulkInputError, match="has answers, but its manifest is missing"):
        RunDirectory.create(directory.path).begin(manifest())
    with JournalReader.open(directory.journal_path(0)) as reader:
        assert reader.ended() == {0}


def test_journals_of_a_begin_that_was_interrupted_are_made_anew(tmp_path):
    """Those of a longer run are removed."""
    directory = new_run(tmp_path)
    directory.manifest_path.unlink()
    directory.journal_path(0).rename(directory.journal_path(7))

    directory.begin(manifest())

    assert [each.name for each in directory.path.glob("*.journal")] == ["000000.journal"]


def test_a_report_replaces_an_earlier_one(tmp_path):
    """It is whole at any moment."""
    directory = new_run(tmp_path)
    directory.write_report({"rows": 1})
    directory.write_report({"rows": 2, "text": "\ud800"})

    assert json.loads(directory.report_path.read_bytes()) == {"rows": 2, "text": "\ud800"}
    assert len(list(directory.path.iterdir())) == 3


def test_a_report_that_cannot_be_written_is_told(tmp_path):
    """The earlier file, here a directory, stays, and nothing half made is left."""
    directory = new_run(tmp_path)
    directory.report_path.mkdir()

    with pytest.raises(BulkInputError, match="cannot be written: Is a directory"):
        directory.write_report({})
    assert len(list(directory.path.iterdir())) == 3


def test_a_directory_of_something_else_is_refused(tmp_path):
    """It is neither closed to others nor filled with files."""
    folder = tmp_path / "work"
    folder.mkdir(mode=0o755)
    (folder / "thesis.tex").touch()
    mode = folder.stat().st_mode

    with pytest.raises(BulkInputError, match=r"other files in it, such as 'thesis.tex'"):
        RunDirectory.create(folder)
    assert folder.stat().st_mode == mode


def test_files_beside_a_manifest_are_no_strangers(tmp_path):
    """Whoever runs it may keep its own there; a manifest of something else does not count."""
    directory = new_run(tmp_path)
    (directory.path / "notes").touch()

    RunDirectory.create(directory.path)

    directory.manifest_path.write_text('{"name": "a web page"}')
    with pytest.raises(BulkInputError, match="other files in it, such as 'notes'"):
        RunDirectory.create(directory.path)


def test_a_run_directory_open_for_reading_is_closed(tmp_path):
    """As after a copy that did not keep its mode."""
    directory = new_run(tmp_path)
    directory.path.chmod(0o755)

    RunDirectory.create(directory.path)

    assert directory.path.stat().st_mode & 0o777 == 0o700


def test_a_file_in_its_place_is_refused(tmp_path):
    """As when the output was named twice."""
    (tmp_path / "run").touch()

    with pytest.raises(BulkInputError, match="cannot be the directory of a run: Not a directory"):
        RunDirectory.create(tmp_path / "run")


def test_a_directory_below_a_file_is_refused(tmp_path):
    """It cannot be made."""
    (tmp_path / "file").touch()

    with pytest.raises(BulkInputError, match="Not a directory"):
        RunDirectory.create(tmp_path / "file" / "run")


def test_a_directory_that_cannot_be_made_is_refused(tmp_path):
    """Here its name is too long."""
    with pytest.raises(BulkInputError, match="File name too long"):
        RunDirectory.create(tmp_path / ("n" * 300))


def test_a_directory_where_none_can_be_made_is_refused():
    """Also for root: the system shows its processes there, and lets nobody make anything."""
    with pytest.raises(BulkInputError, match="cannot be made"):
        RunDirectory.create(Path("/proc/run"))


@pytest.mark.parametrize("mode", [0o720, 0o702, 0o777])
def test_a_directory_that_others_can_write_to_is_refused(tmp_path, mode):
    """Somebody may have put answers there."""
    directory = new_run(tmp_path)
    directory.path.chmod(mode)

    for opening in (RunDirectory.create, RunDirectory.open):
        with pytest.raises(BulkInputError, match="others can write to it"):
            opening(directory.path)


def test_a_parent_in_which_all_can_rename_is_refused(tmp_path):
    """One with the sticky bit, such as a directory for temporary files, is not."""
    directory = new_run(tmp_path)
    tmp_path.chmod(0o777)
    with pytest.raises(BulkInputError, match="everybody can replace it"):
        RunDirectory.open(directory.path)
    tmp_path.chmod(0o1777)

    assert RunDirectory.open(directory.path).read_manifest()


def test_a_link_to_a_directory_is_refused(tmp_path):
    """Whoever made it decides where it leads."""
    directory = new_run(tmp_path)
    link = tmp_path / "link"
    link.symlink_to(directory.path)

    for opening in (RunDirectory.create, RunDirectory.open):
        with pytest.raises(BulkInputError, match="it is a link"):
            opening(link)


def test_a_directory_of_another_user_is_refused(tmp_path):
    """Also for root, who could use it."""
    with pytest.raises(BulkInputError, match="it belongs to another user"):
        own_files.check_folder(foreign_folder(tmp_path))


def test_a_missing_directory_is_told(tmp_path):
    """It is not made by who only reads."""
    with pytest.raises(BulkInputError, match="cannot be used: No such file"):
        RunDirectory.open(tmp_path / "run")
    assert list(tmp_path.iterdir()) == []


def test_a_directory_without_a_manifest_is_not_that_of_a_run(tmp_path):
    """It has nothing to report."""
    folder = tmp_path / "empty"
    folder.mkdir(mode=0o700)

    with pytest.raises(BulkInputError, match="empty is not the directory of a run"):
        RunDirectory.open(folder)


def test_a_file_that_is_a_directory_is_refused(tmp_path):
    """Where a run directory is expected."""
    (tmp_path / "file").touch()

    with pytest.raises(BulkInputError, match="it is not a directory"):
        own_files.check_folder(tmp_path / "file")


def test_a_manifest_that_is_a_link_is_refused(tmp_path):
    """It would be read from wherever it leads."""
    directory = new_run(tmp_path)
    directory.manifest_path.rename(tmp_path / "elsewhere")
    directory.manifest_path.symlink_to(tmp_path / "elsewhere")

    with pytest.raises(BulkInputError, match="cannot be read: Too many levels of symbolic links"):
        directory.read_manifest()


# The manifest


def test_a_manifest_comes_back_as_it_was():
    """Also a template with half a character."""
    whole = manifest(form={"template": "half \ud800", "system": "ü\0"}, options={"seed": 2**60})

    assert Manifest.from_json(whole.to_json()) == whole


def test_headers_are_not_stored():
    """They may be credentials; only that they were given is known."""
    options = {"extra_headers": {"authorization": "canary"}, "seed": 1}

    stored = manifest(options=options).to_json()

    assert b"canary" not in stored
    read = Manifest.from_json(stored)
    assert (read.options, read.left_out) == ({"seed": 1}, ("extra_headers",))


BODY = {"top_k": 5, "stop_token_ids": [1], "tools": [{"url": "u", "api_key": "canary"}]}


def test_secrets_in_the_body_are_not_stored():
    """The option is left out, and has to be given again; the rest of it is bound all the same."""
    then = manifest(options={"extra_body": BODY, "seed": 1})

    read = Manifest.from_json(then.to_json())

    assert b"canary" not in then.to_json()
    assert (read.options, read.left_out) == ({"seed": 1}, ("extra_body",))
    read.check(manifest(options={"extra_body": BODY, "seed": 1}))
    with pytest.raises(RunChangedError, match="option extra_body has changed"):
        read.check(manifest(options={"extra_body": {**BODY, "top_k": 6}, "seed": 1}))


def test_a_body_without_secrets_is_stored():
    """Names that only look like it hold no text."""
    body = {"top_k": 5, "stop_token_ids": [1], "max_tokens": 3}

    assert manifest(options={"extra_body": body}).options == {"extra_body": body}


def test_the_shape_is_named():
    """So that a program of another version knows it."""
    found = json.loads(manifest(2).to_json())

    assert found["schema"] == "bulk-run/1"
    assert found["shards"] == [{"number": 0, "first_row": 0, "rows": 2, "offset": 0}]


def test_the_same_question_is_no_change():
    """What may change from one start to the next is not compared."""
    then = manifest(options={"seed": 1, "timeout": 5})

    then.check(
        replace(
            then,
            run_id="other",
            created="later",
            asked={"rpm": 1},
            shards=(),
            input=replace(then.input, path="moved"),
            options={"seed": 1, "timeout": 9, "extra_headers": {"a": "b"}},
        )
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"provider": "claude"}, 'the provider was "hf", and is "claude" now'),
        ({"model": None}, 'the model was "glm", and is not given now'),
        ({"form": {"id_column": "id"}}, 'the template was "Say {word}", and is not given now'),
        (
            {"form": {"template": "x" * 100, "id_column": "id"}},
            "something else: the template has changed",
        ),
        (
            {"form": {"template": "\x1b[2J", "id_column": "id"}},
            r'the template was "Say {word}", and is "\u001b[2J" now',
        ),
        ({"options": {"temperature": 1}}, "option temperature was 0.5, and is 1 now"),
        ({"options": {"temperature": 0.5, "seed": 1}}, "option seed was not given, and is 1 now"),
        (
            {"provider": "a", "model": "b"},
            'the provider was "hf", and is "a" now; the model was "glm", and is "b" now',
        ),
    ],
)
def test_a_change_is_named(changes, words):
    """With what it was and what it is, and what to do."""
    then = manifest()

    with pytest.raises(RunChangedError) as raised:
        then.check(replace(then, **changes))

    assert words in str(raised.value)
    assert "choose another directory with '--run'" in str(raised.value)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            {"size": 120, "digest": "sha256:11", "rows": 12},
            "the input has changed since the run began: 10 rows then, 12 now",
        ),
        (
            {"size": 1200, "digest": "sha256:11"},
            "the input has changed since the run began: 100 bytes then, 1,200 now",
        ),
        ({"digest": "sha256:11"}, "its size is the same, its content is not"),
        ({"rows": 5}, "10 rows were asked for then, 5 now"),
        ({"format": "csv"}, 'the format of the input was "jsonl", and is "csv" now'),
    ],
)
def test_a_changed_input_is_named(changes, words):
    """By what people see first."""
    then = manifest()

    with pytest.raises(RunChangedError) as raised:
        then.check(replace(then, input=replace(then.input, **changes)))

    assert words in str(raised.value)


def with_field(name, value):
    """The content of a manifest with one field replaced."""
    return json.dumps({**json.loads(manifest().to_json()), name: value}).encode()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"schema": "bulk-run/1"}',
        b'{"schema": "other/1"}',
        b'{"schema": 1}',
        with_field("provider", 1),
        with_field("shards", []),
        with_field("shards", [{"number": 0, "first_row": 1, "rows": 10, "offset": 0}]),
        with_field("shards", [{"number": 1, "first_row": 0, "rows": 10, "offset": 0}]),
        with_field("shards", [{"number": 0, "first_row": 0, "rows": 10, "offset": -1}]),
        with_field("shards", [{"number": 0, "first_row": 0, "rows": 0, "offset": 0}]),
        with_field("shards", [{"number": 0, "first_row": 0, "rows": "x", "offset": 0}]),
        with_field("options", []),
    ],
)
def test_a_damaged_manifest_is_refused(content):
    """Nothing is guessed."""
    with pytest.raises(BulkInputError, match="the manifest is damaged"):
        Manifest.from_json(content)


def test_a_later_manifest_is_refused():
    """It is told that an update helps."""
    with pytest.raises(BulkInputError, match=r'later version made the manifest \("bulk-run/2"'):
        Manifest.from_json(with_field("schema", "bulk-run/2"))


def test_an_input_without_rows_has_a_manifest():
    """And no shards."""
    empty = manifest(0)

    assert Manifest.from_json(empty.to_json()) == empty


# Network folders


def mounted(folder, kind):
    """A list of file systems in which that of a folder is of this kind."""
    device = folder.stat().st_dev
    line = f"36 35 {os.major(device)}:{os.minor(device)} / /mnt rw,noatime shared:1 - {kind} src rw"
    return f"22 1 0:99999 / / rw - ext4 /dev/sda rw\nbroken\n{line}\n"


@pytest.mark.parametrize(
    ("kind", "remote"),
    [
        ("nfs4", True),
        ("nfs", True),
        ("cifs", True),
        ("fuse.sshfs", True),
        ("virtiofs", True),
        ("ext4", False),
        ("fuseblk", False),
        ("overlay", False),
    ],
)
def test_a_folder_of_another_computer_is_known(tmp_path, kind, remote):
    """By the kind of its file system."""
    mounts = tmp_path / "mountinfo"
    mounts.write_text(mounted(tmp_path, kind))

    assert is_remote(tmp_path, mounts) is remote


def test_a_folder_of_an_unknown_file_system_is_local(tmp_path):
    """As where the system has no list, or does not name it."""
    (tmp_path / "mountinfo").write_text("1 0 0:99999 / / rw - nfs x rw\n")

    assert not is_remote(tmp_path, tmp_path / "mountinfo")
    assert not is_remote(tmp_path, tmp_path / "missing")
