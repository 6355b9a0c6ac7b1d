"""A change of the template is seen: no file can be lost or broken without a fault of the bake."""

import pytest
from jinja2 import TemplateError

from ._bakes import TEMPLATE, project_template
from ._faults import faults

FILES = sorted(
    path.relative_to(project_template(TEMPLATE)).as_posix()
    for path in project_template(TEMPLATE).rglob("*")
    if path.is_file()
)
FULL = [name for name in FILES if not name.endswith("py.typed")]


@pytest.fixture
def found(template, baked, programs):
    """Return a function that says what is wrong first with the bake that has every file."""

    def found():
        try:
            project = baked(template, protocol="custom")
        except (TemplateError, SyntaxError) as error:
            return str(error)
        return next(faults(project, programs), None)

    return found


def test_template_is_sound(found):
    """Nothing is wrong with what the template bakes as it is."""
    assert found() is None


@pytest.mark.parametrize("name", FILES)
def test_lost_file_is_seen(name, template, found):
    """A file that the template loses is missed."""
    (project_template(template) / name).unlink()
    assert found() is not None


@pytest.mark.parametrize("name", FULL)
def test_cut_file_is_seen(name, template, found):
    """A file of which the template has only the first half is noticed."""
    file = project_template(template) / name
    lines = file.read_text("utf-8").splitlines(keepends=True)
    file.write_text("".join(lines[: len(lines) // 2]), encoding="utf-8")
    assert found() is not None


@pytest.mark.parametrize("name", FULL)
def test_emptied_file_is_seen(name, template, found):
    """A file of the template that says nothing is noticed."""
    (project_template(template) / name).write_text("", encoding="utf-8")
    assert found() is not None
