"""A provider that keeps the contract, and mutants of it that each break one rule.

The zoo tests the kit. ``gate`` reports a problem unless the reference passes every check, and each
check fails on a mutant made for it, for the reason that the mutant names.
"""

from provider_conformance._runner import run_check
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
    "run_check",
]
