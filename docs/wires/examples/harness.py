"""The harness: tells the conformance kit which provider and wire to use."""

from provider_conformance import Harness
from tagline import TaglineProvider
from tagline_wire import TaglineWire

HARNESS = Harness(TaglineProvider, TaglineWire())
