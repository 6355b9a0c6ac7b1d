"""Which declarations of installed distributions count, whatever their folders look like."""

import importlib
import subprocess
import sys
import warnings
import zipfile

import pytest
from provider_sdk import PROVIDER_REGISTRY, RegistryError, UnknownProviderError
from provider_sdk._routing.metadata import read_carefully
from provider_sdk._routing.plain import read_plainly

pytestmark = pytest.mark.usefixtures("own_registrations")


def prepend(folder, monkeypatch):
    """Put a folder at the beginning of the path."""
    monkeypatch.syspath_prepend(str(folder))
    importlib.invalidate_caches()


# One distribution in several places.


def test_one_folder_twice_on_the_path_is_one_claim(site, tmp_path, monkeypatch):
    """As where ``lib64`` is a link to ``lib``."""
    site.install("one", alpha="one_alpha:Alpha")
    (tmp_path / "lib64").symlink_to(site.folder)
    prepend(tmp_path / "lib64", monkeypatch)

    assert PROVIDER_REGISTRY["alpha"].__name__ == "Alpha"


@pytest.mark.parametrize("name", ["One_Two.egg-info", "one-two.egg-info"])
def test_metadata_of_a_checkout_and_of_its_installation_are_one_claim(
    site, tmp_path, monkeypatch, name
):
    """An editable installation leaves both, and they may spell the name differently."""
    site.install("one_two", alpha="one_alpha:Alpha")
    checkout = tmp_path / "checkout"
    (checkout / name).mkdir(parents=True)
    points = (site.folder / "one_two-1.0.dist-info/entry_points.txt").read_text()
    (checkout / name / "entry_points.txt").write_text(points)
    (checkout / name / "PKG-INFO").write_text("Name: One.Two\nVersion: 1.1.dev0\n")
    prepend(checkout, monkeypatch)

    assert PROVIDER_REGISTRY["alpha"].__name__ == "Alpha"


def test_the_first_version_on_the_path_counts(site, tmp_path, monkeypatch):
    """A later copy of a distribution is as good as absent, whatever it declares."""
    site.install("one", alpha="old_alpha:Alpha", beta="old_beta:Beta")
    newer = type(site)(tmp_path / "newer")
    newer.folder.mkdir()
    prepend(newer.folder, monkeypatch)
    newer.install("one", version="2.0", alpha="new_alpha:Alpha")

    assert PROVIDER_REGISTRY["alpha"].__module__ == "new_alpha"
    assert "beta" not in PROVIDER_REGISTRY


def test_a_version_that_declares_nothing_any_more_counts(site, tmp_path, monkeypatch):
    """What an older copy behind it declares is gone."""
    site.install("one", alpha="old_alpha:Alpha")
    newer = type(site)(tmp_path / "newer")
    newer.folder.mkdir()
    prepend(newer.folder, monkeypatch)
    newer.declare("one", "", version="2.0")

    assert "alpha" not in PROVIDER_REGISTRY


@pytest.mark.parametrize("left", ["one-0.9.dist-info", "one-2.dist-info", "one.egg-info"])
def test_a_folder_that_an_upgrade_left_empty_hides_nothing(site, tmp_path, monkeypatch, left):
    """Wherever it comes in the path, it is no copy of the distribution."""
    site.install("one", alpha="one_alpha:Alpha")
    (site.folder / left).mkdir()
    (tmp_path / "before" / left).mkdir(parents=True)
    prepend(tmp_path / "before", monkeypatch)

    assert "alpha" in PROVIDER_REGISTRY


def test_two_distributions_with_the_same_entry_point_are_two_claims(site):
    """One has overwritten the module of the other: nobody knows whose it is."""
    site.install("one", alpha="one_alpha:Alpha")
    site.declare("fork", "[provider_sdk.providers]\nalpha = one_alpha:Alpha\n")

    with pytest.raises(RegistryError, match=r"of (one|fork) 1\.0 and by .* of (one|fork) 1\.0"):
        _ = PROVIDER_REGISTRY["alpha"]


def test_one_distribution_that_claims_a_name_twice(site):
    """The error names both."""
    site.install("one", alpha="one_alpha:Alpha")
    site.declare("two", "[provider_sdk.providers]\nbeta = b:B\nbeta = b:C\n")

    with pytest.raises(RegistryError, match=r"b:B of two 1\.0 and by the entry point b:C of two"):
        _ = PROVIDER_REGISTRY["beta"]


def test_a_distribution_in_a_zip_archive_counts(tmp_path, monkeypatch):
    """As in applications that are one file."""
    with zipfile.ZipFile(tmp_path / "app.pyz", "w") as archive:
        archive.writestr("zipped_alpha.py", "class Alpha: pass\n")
        archive.writestr("one-1.0.dist-info/METADATA", "Name: one\nVersion: 1.0\n")
        points = "[provider_sdk.providers]\nalpha = zipped_alpha:Alpha\n"
        archive.writestr("one-1.0.dist-info/entry_points.txt", points)
    prepend(tmp_path / "app.pyz", monkeypatch)

    assert PROVIDER_REGISTRY["alpha"].__name__ == "Alpha"
    del sys.modules["zipped_alpha"]


def test_what_is_installed_while_the_program_runs_is_found(site):
    """Nothing remembers which providers there were."""
    assert "alpha" not in PROVIDER_REGISTRY
    site.install("one", alpha="one_alpha:Alpha")

    assert "alpha" in PROVIDER_REGISTRY


# Damage.


@pytest.mark.parametrize("folder", [".dist-info", "-1.0.dist-info", "~ne-1.0.dist-info"])
def test_damage_of_another_distribution_hides_nothing(site, folder):
    """An installation that was cut short leaves folders without a name or metadata."""
    site.install("one", alpha="one_alpha:Alpha")
    (site.folder / folder).mkdir()

    assert "alpha" in PROVIDER_REGISTRY


@pytest.mark.parametrize(
    "points",
    [
        "[console_scripts]\nno equals sign\n",
        b"[console_scripts]\na = \xff:Y\n",
        b"\x00\xff" * 1000,
        "no section at all",
        "[provider_sdk.providers",
    ],
)
def test_entry_points_of_others_that_cannot_be_read_hide_nothing(site, points):
    """Other distributions of the environment are none of our business."""
    site.install("one", alpha="one_alpha:Alpha")
    site.declare("two", points)

    assert "alpha" in PROVIDER_REGISTRY


@pytest.mark.parametrize(
    "points",
    ["[provider_sdk.providers]\nbeta\n", b"[provider_sdk.providers]\nbeta = b:B\xff\n"],
)
def test_declarations_that_cannot_be_read_are_told(site, points):
    """Who asks for what may stand there hears which distribution is damaged; the others work."""
    site.install("one", alpha="one_alpha:Alpha")
    site.declare("two", points)

    assert PROVIDER_REGISTRY["alpha"].__name__ == "Alpha"
    with pytest.raises(UnknownProviderError, match=r"the entry_points\.txt of two 1\.0 cannot be"):
        _ = PROVIDER_REGISTRY["beta"]


def test_a_distribution_without_metadata_has_no_name(site):
    """Its declarations count all the same."""
    site.install("one", alpha="one_alpha:Alpha", beta="one_alpha:Missing")
    (site.folder / "one-1.0.dist-info/METADATA").unlink()
    site.write("one_alpha", "class Alpha: pass")

    assert PROVIDER_REGISTRY["alpha"].__name__ == "Alpha"
    with pytest.raises(RegistryError, match="of an unnamed distribution"):
        _ = PROVIDER_REGISTRY["beta"]


def test_a_distribution_without_a_version_has_its_name(site):
    """Python is about to raise errors for a field that is missing."""
    info = site.declare("two", "[provider_sdk.providers]\nbeta = missing_module:B\n")
    (info / "METADATA").write_text("Name: two\n")

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(RegistryError, match=r"missing_module:B of two: ModuleNotFoundError"):
            _ = PROVIDER_REGISTRY["beta"]


def test_metadata_cannot_garble_a_line(site):
    """Whatever stands in their fields, an error is not too long and changes no terminal."""
    info = site.declare("two", "[provider_sdk.providers]\nbeta = missing_module:B\n")
    (info / "METADATA").write_text(f"Name: \x1b[31mtwo\nVersion: {'9' * 5000}\n")

    with pytest.raises(RegistryError, match=r"missing_module:B of \[31mtwo 9+: Mod") as caught:
        _ = PROVIDER_REGISTRY["beta"]

    assert len(str(caught.value)) < 700


def test_metadata_that_is_not_text_has_no_name(site):
    """Its declarations count all the same."""
    info = site.install("one", alpha="one_alpha:Alpha")
    (info / "METADATA").write_bytes(b"Name: \xff\nVersion: 1.0\n")

    assert PROVIDER_REGISTRY["alpha"].__name__ == "Alpha"


def test_a_file_that_cannot_be_opened_declares_nothing(site):
    """It may be a link to itself; the others are there."""
    site.install("one", alpha="one_alpha:Alpha")
    broken = site.declare("two", "") / "entry_points.txt"
    broken.unlink()
    broken.symlink_to(broken)

    assert "alpha" in PROVIDER_REGISTRY


@pytest.mark.parametrize("value", ["", "::::", "a b:C", ":C", "not/a/module:C"])
def test_an_entry_point_of_another_form(site, value):
    """The error says which form it should have."""
    site.declare("two", f"[provider_sdk.providers]\nbeta = {value}\n")

    with pytest.raises(RegistryError, match=r"'beta' cannot be imported from .* of two 1\.0: that"):
        _ = PROVIDER_REGISTRY["beta"]


@pytest.mark.parametrize("name", ["two words", "a/b", "ÿ\x1b[31m"])
def test_a_declared_name_that_is_none(site, name):
    """It is not listed, and who asks for it hears why."""
    site.write("one_alpha", "class Alpha: pass")
    site.declare("one", f"[provider_sdk.providers]\n{name} = one_alpha:Alpha\n")

    assert name not in list(PROVIDER_REGISTRY)
    with pytest.raises(RegistryError, match="is not a valid name"):
        _ = PROVIDER_REGISTRY[name]


def test_names_are_told_apart_by_case_and_separators(site):
    """Another spelling is unknown, and the nearest is named."""
    site.install("one", **{"acme-ai": "one_alpha:Alpha"})

    for other in ("Acme-AI", "acme_ai"):
        with pytest.raises(UnknownProviderError, match="did you mean 'acme-ai'"):
            _ = PROVIDER_REGISTRY[other]


# What installers leave is read without ``importlib.metadata``.


def test_usual_distributions_are_read_without_the_library(site):
    """It would take longer to import than all of them take to read."""
    site.install("one", alpha="one_alpha:Alpha")
    code = (
        "import provider_sdk, sys; sys.path[:] = [sys.argv[1]]; "
        "print(*provider_sdk.PROVIDER_REGISTRY, 'importlib.metadata' in sys.modules)"
    )

    done = subprocess.run(
        [sys.executable, "-c", code, str(site.folder)],
        capture_output=True,
        check=True,
        encoding="utf-8",
        timeout=60,
    )

    assert done.stdout.split() == ["alpha", "False"]


def test_both_ways_of_reading_find_the_same(site):
    """Names, what they lead to, and owners, in the same order."""
    site.install("one", alpha="one_alpha:Alpha", beta="one_beta:Beta")
    site.declare("two", "[console_scripts]\nx = y:z\n\n[provider_sdk.providers]\nc=two_c:C\n\n")
    site.declare("three", "[console_scripts]\nx = y:z\n")

    found = read_plainly()

    assert found is not None
    assert found == read_carefully()[0]
    assert {"alpha", "beta", "c"} <= {point.name for point in found}


@pytest.mark.parametrize("metadata", ["", "Name: two\nVersion: 1.0\n", "Name: one\nVersion: 1 0\n"])
def test_metadata_that_is_unusual_is_read_with_care(site, metadata):
    """A name that is missing, that of another folder, or a version that is none."""
    info = site.install("one", alpha="one_alpha:Alpha")
    (info / "METADATA").write_text(metadata)

    assert read_plainly() is None
    assert PROVIDER_REGISTRY["alpha"].__name__ == "Alpha"


def test_a_finder_of_distributions_is_asked(site, monkeypatch):
    """What it finds is in no folder of the path."""

    class Finder:
        @staticmethod
        def find_distributions(*_):
            return []

        @staticmethod
        def find_spec(*_):
            return None

    site.install("one", alpha="one_alpha:Alpha")
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path, Finder])

    assert read_plainly() is None
    assert "alpha" in PROVIDER_REGISTRY


def test_an_egg_is_read_with_care(site, tmp_path, monkeypatch):
    """Its metadata are in a folder of another name."""
    egg = tmp_path / "one-1.0.egg"
    (egg / "EGG-INFO").mkdir(parents=True)
    (egg / "EGG-INFO/PKG-INFO").write_text("Name: one\nVersion: 1.0\n")
    (egg / "EGG-INFO/entry_points.txt").write_text("[provider_sdk.providers]\nalpha = a:A\n")
    prepend(egg, monkeypatch)

    assert read_plainly() is None
    assert "alpha" in PROVIDER_REGISTRY


def test_a_folder_of_the_path_that_is_missing_hides_nothing(site, tmp_path, monkeypatch):
    """As the archive of the standard library, which is on every path."""
    site.install("one", alpha="one_alpha:Alpha")
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path / "missing.zip")])

    assert "alpha" in {point.name for point in read_plainly() or ()}


@pytest.mark.parametrize("point", ["a = b", "a = b:c [extra]", "a b = c:d", "nothing"])
def test_an_entry_point_of_another_form_is_read_with_care(site, point):
    """Only the simple form is certain to be read alike."""
    site.declare("one", f"[provider_sdk.providers]\n{point}\n")

    assert read_plainly() is None
