"""A provider that keeps the contract, and mutants of it that each break one rule.

The zoo proves the kit: ``gate`` is red unless the reference passes everything and every check is
killed, by its own id and for its own reason, by a mutant made for it.
"""

from provider_conformance.zoo._gate import Matrix, gate, kill_matrix
from provider_conformance.zoo._mutants import Mutant
from provider_conformance.zoo.mutants import registered_mutants
from provider_conformance.zoo.reference import HARNESS, ReferenceProvider

__all__ = [
    "HARNESS",
    "Matrix",
    "Mutant",
    "ReferenceProvider",
    "gate",
    "kill_matrix",
    "registered_mutants",
]
