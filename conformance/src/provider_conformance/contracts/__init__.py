"""Frozen contracts and the rules behind them, with their readers."""

from provider_conformance.contracts._contract import (
    CONTRACT,
    ContractChangedError,
    contract_ids,
    ids_digest,
)
from provider_conformance.contracts._rules import Rule, rules

__all__ = ["CONTRACT", "ContractChangedError", "Rule", "contract_ids", "ids_digest", "rules"]
