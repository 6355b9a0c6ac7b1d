"""The map of rules leaves nothing out: neither a rule nor a check."""

from provider_conformance import all_checks
from provider_conformance.contracts import rules


def test_every_rule_has_a_check_or_a_reason():
    """A rule is tried, or says why it is not; never both."""
    loose = [rule.text for rule in rules() if bool(rule.ids) == bool(rule.excluded)]
    assert loose == []


def test_every_check_tries_a_rule():
    """A check that belongs to no rule demands something that the contract does not."""
    mapped = {id for rule in rules() for id in rule.ids}
    assert [id for id in all_checks() if id not in mapped] == []


def test_no_rule_stands_twice():
    """Each rule has one place."""
    texts = [rule.text for rule in rules()]
    assert len(texts) == len(set(texts))
