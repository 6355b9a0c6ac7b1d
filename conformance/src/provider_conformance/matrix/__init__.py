"""The matrix of all providers and groups of checks, made from the reports of their runs."""

from provider_conformance._find import declared_providers
from provider_conformance.matrix._column import Ability, Cell, Column
from provider_conformance.matrix._html import page
from provider_conformance.matrix._matrix import ProviderMatrix
from provider_conformance.matrix._run import Run
from provider_conformance.matrix._sources import is_matrix, read_columns

__all__ = [
    "Ability",
    "Cell",
    "Column",
    "ProviderMatrix",
    "Run",
    "declared_providers",
    "is_matrix",
    "page",
    "read_columns",
]
