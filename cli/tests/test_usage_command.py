"""``ollama-cli usage``: what calls used."""

import os
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from ollama_cli.conversation.store import Store
from ollama_cli.terminal.bars import bars
from provider_sdk import UsageRow

from ._conversation import CALL, turn
from ._schemas import checked

TODAY = date.today().isoformat()
YESTERDAY = (date.today() - timedelta(days=1)).isoformat()
NOW = replace(CALL, day=TODAY, cost_usd=Decimal("0.25"))
ESTIMATED = replace(NOW, source="estimated", prompt_tokens=7)
UNPRICED = replace(NOW, cost_usd=None, unpriced=1)
FAILED = UsageRow(day=TODAY, provider="hf", model="org/m", calls=1, failed=1, unpriced=1)


@pytest.fixture
def store(invoke):
    """An open store, which the command sees too."""
    with Store.open(create=True) as store:
        yield store


@pytest.fixture
def rows(invoke):
    """Return the rows that the command writes as JSON."""

    def rows(*arguments):
        result = invoke("usage", "--format", "json", *arguments)
        assert (result.exit_code, result.stderr) == (0, "")
        return checked("usage", result.stdout)["rows"]

    return rows


def test_row_has_the_form_of_the_contract(store, rows) -> None:
    """Calls of the same day, provider and model are one row."""
    store.begin(turn(), calls=[NOW])
    store.record_calls([NOW])

    assert rows() == [
        {
            "day": TODAY,
            "provider": "hf",
            "model": "org/m",
            "calls": 2,
            "prompt_tokens": 60,
            "completion_tokens": 4,
            "cost_usd": 0.5,
            "source": "reported",
        }
    ]


def test_what_is_not_known_alike_is_not_mixed(store, rows) -> None:
    """Reported, estimated and unknown figures are apart, and so are calls without a price."""
    store.record_calls([NOW, ESTIMATED, UNPRICED, FAILED, NOW])
    found = {(row["source"], row["cost_usd"]): row for row in rows()}

    assert set(found) == {
        ("reported", 0.5),
        ("reported", None),
        ("estimated", 0.25),
        ("unknown", None),
    }
    assert found["unknown", None]["prompt_tokens"] is None
    assert found["estimated", 0.25]["prompt_tokens"] == 7


def test_cost_of_which_a_part_is_unknown_is_unknown(store, rows) -> None:
    """It is null, and never a sum that is too low."""
    store.record_calls([replace(NOW, calls=2, unpriced=1)])

    assert rows()[0]["cost_usd"] is None


def test_costs_add_up_exactly(store, rows) -> None:
    """Ten times a tenth is one."""
    store.record_calls([replace(NOW, cost_usd=Decimal("0.1"))] * 10)

    assert rows()[0]["cost_usd"] == 1


@pytest.mark.parametrize(
    ("by", "known"),
    [("day", ["day"]), ("provider", ["provider"]), ("model", ["provider", "model"])],
)
def test_rows_are_added_up_by_one_thing(store, rows, by, known) -> None:
    """What they are not told apart by is null."""
    store.record_calls([NOW, replace(NOW, day=YESTERDAY), replace(NOW, provider="ollama")])
    found = rows("--by", by)

    assert len(found) == 2
    for row in found:
        assert [name for name in ("day", "provider", "model") if row[name]] == known
        assert "session" not in row


def test_rows_by_session(store, rows) -> None:
    """A session is named; calls outside of any are in a row without one."""
    session = store.begin(turn(), calls=[NOW])
    store.append(session.id, turn(), calls=[NOW])
    store.record_calls([NOW])

    assert {row["session"]: row["calls"] for row in rows("--by", "session")} == {
        session.id: 2,
        None: 1,
    }


def test_days_are_the_last_ones(store, rows) -> None:
    """Today is among them; without the option it is thirty."""
    month = (date.today() - timedelta(days=30)).isoformat()
    store.record_calls([NOW, replace(NOW, day=YESTERDAY), replace(NOW, day=month)])

    assert [row["day"] for row in rows("--days", "1")] == [TODAY]
    assert [row["day"] for row in rows()] == [YESTERDAY, TODAY]
    assert [row["day"] for row in rows("--days", "999999999999")] == [month, YESTERDAY, TODAY]


@pytest.mark.parametrize("arguments", [("--days", "0"), ("--by", "hour"), ("x",)])
def test_wrong_use_is_2(invoke, arguments) -> None:
    """Nothing is shown."""
    assert invoke("usage", *arguments).exit_code == 2


def test_table_tells_what_is_not_known(store, invoke) -> None:
    """An unknown cost is no number."""
    store.record_calls([replace(NOW, prompt_tokens=12_345), FAILED])
    lines = invoke("usage").stdout.splitlines()

    assert lines[0].split() == [
        *("DAY", "PROVIDER", "MODEL", "CALLS", "PROMPT", "COMPLETION", "COST", "SOURCE")
    ]
    assert lines[1].split()[3:] == ["1", "12,345", "2", "$0.2500", "reported"]
    assert lines[2].split()[3:] == ["1", "unknown", "unknown", "unknown", "unknown"]
    assert len(lines) == 3


def test_names_of_services_are_harmless(store, invoke, rows) -> None:
    """A model's name cannot move the cursor."""
    store.record_calls([replace(NOW, model="a\x1b[2Jb")])

    assert "\x1b" not in invoke("usage").stdout
    assert rows()[0]["model"] == "ab"


def test_nothing_used_is_said(invoke, rows, tmp_path) -> None:
    """And no file is made."""
    assert rows() == []
    assert invoke("usage", "--days", "1").stdout == "No call in the last 1 day.\n"
    assert not (tmp_path / "data").exists()


def test_bars_are_shown_on_a_terminal(store, shell, tmp_path) -> None:
    """A bar per day follows the table."""
    import pty

    store.record_calls([NOW, replace(ESTIMATED, day=YESTERDAY, prompt_tokens=3000)])
    master, slave = pty.openpty()
    data = str(tmp_path / "data")
    try:
        with shell.start("usage", stdout=slave, OLLAMA_CLI_DATA_DIR=data, COLUMNS="40") as process:
            os.close(slave)
            process.wait(20)
        lines = os.read(master, 10_000).decode().splitlines()
    finally:
        os.close(master)

    assert lines[-3:] == [
        f"{YESTERDAY}  {'░' * 21}  3,002",
        f"{TODAY}  █{' ' * 20}  32",
        "█ reported, ░ estimated",
    ]
    assert all(len(line) <= 40 for line in lines[-3:])


def test_bars_without_tokens_are_none(invoke) -> None:
    """Neither for no day, nor for days on which nothing was counted."""
    assert bars({}) == ""
    assert bars({TODAY: (0, 0)}) == ""
