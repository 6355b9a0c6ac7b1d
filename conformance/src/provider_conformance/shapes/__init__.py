"""Checks a wire against reality: the shapes of its replies, and those of recorded ones."""

from provider_conformance.shapes._invented import Finding, invented, not_compared, unsent
from provider_conformance.shapes._proof import WireProof, proof_of, prove_wire
from provider_conformance.shapes._recorded import read_shapes, recorded_shapes
from provider_conformance.shapes._scripted import IncomparableWireError, scripted_shapes
from provider_conformance.shapes._shapes import Part, Shapes
from provider_conformance.shapes._stored import load_shapes, write_shapes

__all__ = [
    "Finding",
    "IncomparableWireError",
    "Part",
    "Shapes",
    "WireProof",
    "invented",
    "load_shapes",
    "not_compared",
    "proof_of",
    "prove_wire",
    "read_shapes",
    "recorded_shapes",
    "scripted_shapes",
    "unsent",
    "write_shapes",
]
