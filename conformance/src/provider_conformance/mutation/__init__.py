"""Puts small faults into a provider's own source, to find those that no check notices.

The zoo asks this of the kit's reference. Here it is asked of the provider at hand: a fault that no
check notices is code that no check needs, or a rule that no check tests.
"""

from provider_conformance.mutation._faults import Fault, faults_in
from provider_conformance.mutation._source import Sources, sources_of

__all__ = ["Fault", "Sources", "faults_in", "sources_of"]
