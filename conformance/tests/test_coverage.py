"""Every field of the contract is covered in every form, or says why not."""

import os
import random
from dataclasses import replace

from provider_conformance.coverage import LOST, Form, all_cells, all_rows, cells_of, contract_fields

SEED = int(os.environ.get("ZOO_SEED") or random.SystemRandom().randrange(10**6))


def test_every_field_has_a_row():
    """No field of the contract's types is left out of the table, and there are no others."""
    assert set(contract_fields()) == {row.field for row in all_rows()}


def test_no_cell_is_empty():
    """A check notices the loss of each form, or the cell says why none does."""
    print(f"the same again: ZOO_SEED={SEED}")
    assert [str(cell) for cell in all_cells(SEED) if cell.problem] == []


def a_row(**changes):
    """Return the row of the answer's text with one form, changed."""
    text = next(row for row in all_rows() if row.field == "ChatResponse.text")
    return replace(text, forms=[Form("any value", lambda value: LOST)], **changes)


def problems(row):
    """Return what is wrong with the cells of a row."""
    return {cell.problem for cell in cells_of(row, SEED) if cell.problem}


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
