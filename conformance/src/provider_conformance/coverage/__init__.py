"""The coverage of the contract's types: what of them the checks send, and which check notices.

A row is a field in one place, such as the content of a user's turn. Each of its forms, such as
text with white space around it, is a cell, once for whole and once for streamed answers. To fill
the cell, the reference provider is made to lose that form (``strip()`` for the white space): the
checks that then fail are those that cover it. A cell that no check covers states its reason.
"""

from provider_conformance.coverage._cells import Cell, all_cells, cells_of
from provider_conformance.coverage._fields import contract_fields
from provider_conformance.coverage._forms import LOST, Form
from provider_conformance.coverage._rows import Row, Stage, all_rows
from provider_conformance.coverage._table import as_json, markdown

__all__ = [
    "LOST",
    "Cell",
    "Form",
    "Row",
    "Stage",
    "all_cells",
    "all_rows",
    "as_json",
    "cells_of",
    "contract_fields",
    "markdown",
]
