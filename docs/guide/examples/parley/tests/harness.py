"""The harness: tells the conformance kit which provider and wire to use."""

from provider_conformance import Harness
from provider_parley import ParleyProvider

from .wire import ParleyWire

HARNESS = Harness(ParleyProvider, ParleyWire())
