"""Every field of the contract is covered in every form, or says why not."""

import os
import random
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context

import pytest
from provider_conformance.coverage import LOST, Form, Row, all_rows, contract_fields, covered

SEED = int(os.environ.get("ZOO_SEED") or random.SystemRandom().randrange(10**6))


@pytest.fixture(scope="module")
def found():
    """Measure every cell once."""
    print(f"the same again: ZOO_SEED={SEED}")
    with ProcessPoolExecutor(os.cpu_count(), get_context("spawn")) as pool:
        rows = pool.map(_covered_row, range(len(all_rows())))
        return [cell for row in rows for cell in row]


def _covered_row(index):
    return [(c.cell.name, c.problem) for c in covered(all_rows()[index], SEED)]


def test_every_field_has_a_row():
    """No field of the contract's types is left out of the table."""
    assert [f for f in contract_fields() if f not in {row.field for row in all_rows()}] == []


def test_no_cell_is_empty(found):
    """A check notices the loss of each form, or the cell says why none does."""
    assert [cell for cell in found if cell[1]] == []


def a_row(**changes):
    """Return the row of the answer's text with one form, changed."""
    text = next(row for row in all_rows() if row.field == "ChatResponse.text")
    return replace(text, forms=[Form("any value", lambda value: LOST)], **changes)


def problems(row: Row) -> set[str]:
    """Return what is wrong with the cells of a row."""
    return {cell.problem for cell in covered(row, SEED) if cell.problem}


def test_unnoticed_loss_is_red():
    """A cell whose loss no check notices is a problem."""
    row = a_row(checks=["PC-AUTH-001"])
    assert problems(row) == {"no check of PC-AUTH-001 notices the loss"}


def test_needless_reason_is_red():
    """A reason for a cell that a check covers is a problem."""
    row = a_row(uncovered={"any value": "it cannot be seen"}, checks=["PC-CHAT-001"])
    assert problems(row) == {"PC-CHAT-001 covers it, so there is nothing to excuse"}


def test_check_that_fails_anyway_covers_nothing():
    """A check that fails a provider which loses nothing is no proof, and is named."""
    row = a_row(change=lambda value, spoil: replace(value, text="x"), checks=["PC-CHAT-001"])
    assert "PC-CHAT-001 fails although nothing is lost" in problems(row)
