"""The frozen contracts, the rules of the contract, and the functions that read both."""

from provider_conformance.contracts._contract import (
    CONTRACT,
    ContractChangedError,
    contract_ids,
    ids_digest,
)
from provider_conformance.contracts._rules import Rule, rules

__all__ = ["CONTRACT", "ContractChangedError", "Rule", "contract_ids", "ids_digest", "rules"]
