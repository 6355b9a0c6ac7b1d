"""The invented protocol of the guide, loaded as the command loads it."""

import sys
from pathlib import Path

from provider_conformance import find_harness

FILE = Path(__file__).parents[2] / "docs" / "wires" / "examples" / "harness.py"
HARNESS, _ = find_harness(str(FILE))
TaglineProvider = HARNESS.provider
# The harness has imported it; its folder is on the path no longer.
dialect = sys.modules["tagline.dialect"]
answers = sys.modules["tagline.answers"]
