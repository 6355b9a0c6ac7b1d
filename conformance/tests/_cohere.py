"""The example of Cohere's own protocol, loaded as the command loads it."""

import sys
from pathlib import Path

from provider_conformance import find_harness

FOLDER = Path(__file__).parents[2] / "docs" / "wires" / "examples" / "cohere"
FILE = FOLDER / "harness.py"
PAGE = FOLDER.parents[1] / "cohere.md"
HARNESS, _ = find_harness(str(FILE))
CohereProvider = HARNESS.provider
# The harness imported these; their folder is not on the path any more.
dialect = sys.modules["provider_cohere._dialect"]
decoder = sys.modules["provider_cohere._decoder"]
