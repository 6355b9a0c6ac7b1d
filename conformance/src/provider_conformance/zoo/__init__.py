"""Providers that test the kit: right ones, and mutants that each break one rule.

``gate`` reports a problem unless the reference and the right zoo pass every check, and each check
fails on a mutant made for it, for the reason that the mutant names.
"""

from provider_conformance._runner import run_check
from provider_conformance.zoo._gate import REFERENCE, Matrix, gate, kill_matrix, right_problems
from provider_conformance.zoo._mutants import Mutant
from provider_conformance.zoo._right import Right
from provider_conformance.zoo.mutants import registered_mutants
from provider_conformance.zoo.reference import HARNESS, ReferenceProvider
from provider_conformance.zoo.right import registered_right

__all__ = [
    "HARNESS",
    "REFERENCE",
    "Matrix",
    "Mutant",
    "ReferenceProvider",
    "Right",
    "gate",
    "kill_matrix",
    "registered_mutants",
    "registered_right",
    "right_problems",
    "run_check",
]
