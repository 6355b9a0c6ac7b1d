"""How the conformance kit meets the provider."""

from provider_conformance import Harness
from tagline import TaglineProvider
from tagline_wire import TaglineWire

HARNESS = Harness(TaglineProvider, TaglineWire())
