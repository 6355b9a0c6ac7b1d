"""What the distribution declares."""

from importlib.metadata import entry_points, version

import {{ cookiecutter.package_name }} as package
from provider_sdk import PROVIDER_REGISTRY

PROVIDER = package.{{ cookiecutter.class_name }}


def test_entry_point():
    """The provider is found by its name, and nothing else has that name."""
    (point,) = entry_points(group="provider_sdk.providers", name="{{ cookiecutter.provider_name }}")

    assert point.load() is PROVIDER
    assert PROVIDER_REGISTRY[PROVIDER.name] is PROVIDER


def test_version():
    """The distribution's version is the package's."""
    assert version({{ cookiecutter.distribution_name | quoted }}) == package.__version__


def test_public_names():
    """Every public name is there."""
    assert all(hasattr(package, name) for name in package.__all__)


def test_declaration():
    """The class declares its name and its credential rule."""
    assert (PROVIDER.name, PROVIDER.credential) == (
        "{{ cookiecutter.provider_name }}",
        "{{ cookiecutter.credential }}",
    )
