"""A limit names what a wire gives up, with a reason and a link, and nothing else."""

from dataclasses import fields

import pytest
from provider_conformance.reports._limits import Limit, LimitError, given_up, read_limits
from provider_conformance.wires import Traits
from provider_conformance.wires._traits import ALL_EFFORTS, ALL_SCHEMA_FIELDS

REASON = "No answer names its model."
LINK = "https://service.example/reference"
ENTRY = {"trait": "names_model", "reason": REASON, "link": LINK}
SILENT = Traits(names_model=False)


@pytest.fixture
def limits(tmp_path):
    """Return a reader of a file with these entries."""

    def read(*entries, traits=SILENT):
        file = tmp_path / "limits.toml"
        lines = [["[[limit]]", *(f"{key} = {value}" for key, value in e.items())] for e in entries]
        file.write_text("\n".join(line for entry in lines for line in entry))
        return read_limits(file, traits)

    return read


def quoted(**changes):
    """Return an entry with these fields changed; those that are None are left out."""
    return {key: f'"{value}"' for key, value in {**ENTRY, **changes}.items() if value is not None}


def test_limit_says_what_and_where(limits):
    """As text, it is the trait, the reason and the link."""
    (limit,) = limits(quoted())
    assert limit == Limit(**ENTRY)
    assert str(limit) == f"names_model: {REASON} ({LINK})"


def test_without_a_file_there_are_none():
    """A harness need not have any."""
    assert read_limits(None, SILENT) == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"trait": "names_modl"}, "not one of the traits"),
        ({"trait": "nonsense"}, "not one of the traits"),
        ({"trait": "counts"}, "not given up by the wire"),
        ({"reason": "Impossible."}, "explains nothing"),
        ({"reason": "   "}, "needs a text"),
        ({"reason": None}, "lacks reason"),
        ({"trait": None}, "an entry without trait lacks trait"),
        ({"link": "see the docs"}, "needs a link"),
        ({"expires": "2027-01-01"}, "unknown keys: expires"),
    ],
    ids=lambda value: "" if isinstance(value, str) else "-".join(value),
)
def test_limit_that_explains_nothing_is_an_error(limits, changes, words):
    """The message names file and entry, and says what to do."""
    with pytest.raises(LimitError, match=rf"limits\.toml: .*{words}"):
        limits(quoted(**changes))


def test_limit_that_is_none_any_more_is_an_error(limits):
    """Once the wire can say it, the entry must go."""
    with pytest.raises(LimitError, match="remove it"):
        limits(quoted(), traits=Traits())


def test_same_limit_twice_is_an_error(limits):
    """One of the two reasons would be lost."""
    with pytest.raises(LimitError, match="more than once"):
        limits(quoted(), quoted(reason="It is another reason."))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("limit = 7", "below a line"),
        ("[limit]\ntrait = 1", "below a line"),
        ("[[limit", "not TOML"),
    ],
)
def test_file_of_another_form_is_an_error(tmp_path, text, words):
    """One sentence, and no traceback."""
    file = tmp_path / "limits.toml"
    file.write_text(text)
    with pytest.raises(LimitError, match=words):
        read_limits(file, SILENT)


def test_file_that_is_missing_is_an_error(tmp_path):
    """A harness that names a file has one."""
    with pytest.raises(LimitError, match="cannot be read"):
        read_limits(tmp_path / "none.toml", SILENT)


def test_traits_that_can_be_limits_are_traits():
    """Each name is that of a trait, and a wire that can say all gives up none."""
    wordy = Traits(
        finish_words={"content_filter": "filtered"},
        refusals=True,
        image_details=True,
        image_addresses=True,
        request_id_in_body=True,
        strict_tools=True,
        efforts=ALL_EFFORTS,
        schema_fields=ALL_SCHEMA_FIELDS,
    )
    assert given_up(wordy) == []
    mute = Traits(
        tool_choices=frozenset(),
        counts=frozenset(),
        image_types=False,
        forbidden=frozenset({"top_p"}),
        names_model=False,
        returns_reasoning=False,
        steers_reasoning=False,
        stream_error_kinds=False,
        system_anywhere=False,
        empty_turns=False,
        joined_turns=True,
    )
    assert set(given_up(mute)) <= {field.name for field in fields(Traits)}
    assert len(given_up(mute)) == 19
