"""A credential in a log is found, whatever the provider or its harness does to logging."""

import logging
from dataclasses import replace

import pytest
from provider_conformance import run
from provider_conformance.zoo import HARNESS, ReferenceProvider

LOGGER = logging.getLogger("leaky.provider")


class Leaks(ReferenceProvider):
    """Logs its credential with each call."""

    def hide(self):
        """Do something before the record is made."""

    async def chat(self, *args, **options):
        """Answer, and log the credential."""
        self.hide()
        LOGGER.debug("sent %s", self.api_key)
        return await super().chat(*args, **options)


class Disables(Leaks):
    """Switches all logging off before it logs."""

    def hide(self):
        """Disable every level."""
        logging.disable(logging.CRITICAL)


class DisablesByHand(Leaks):
    """Switches all logging off without the function for it."""

    def hide(self):
        """Set what the function would set."""
        logging.root.manager.disable = logging.CRITICAL


class KeepsToItself(Leaks):
    """Logs to a logger that tells no other, as it is set up with the first call."""

    def hide(self):
        """Keep the records away from the root."""
        LOGGER.propagate = False


@pytest.fixture(autouse=True)
def restored():
    """Leave logging as it was."""
    yield
    logging.disable(logging.NOTSET)
    LOGGER.disabled, LOGGER.propagate = False, True
    LOGGER.setLevel(logging.NOTSET)


def found(provider):
    """Return whether a check of a plain call finds the credential in the log."""
    (result,) = run(replace(HARNESS, provider=provider), seed=1, only=["PC-CHAT-001"]).results
    return result.is_red and "a log record" in result.message


@pytest.mark.parametrize("provider", [Leaks, Disables, DisablesByHand, KeepsToItself])
def test_provider_cannot_hide_its_log(provider):
    """A record is seen although the provider disables logging."""
    assert found(provider)


HIDING = {
    "disable": lambda: logging.disable(logging.CRITICAL),
    "disabled": lambda: setattr(LOGGER, "disabled", True),
    "level": lambda: LOGGER.setLevel(logging.CRITICAL),
    "propagate": lambda: setattr(LOGGER, "propagate", False),
}


@pytest.mark.parametrize("hide", HIDING.values(), ids=HIDING)
def test_harness_cannot_hide_a_log(hide):
    """What was set before the run, as by the import of a harness, hides no record."""
    hide()
    assert found(Leaks)


def test_logging_is_as_before():
    """After a run, the process logs what it logged before."""
    logging.disable(logging.INFO)
    LOGGER.setLevel(logging.ERROR)
    LOGGER.propagate = False
    found(Leaks)
    assert logging.root.manager.disable == logging.INFO
    assert type(logging.root.manager) is logging.Manager
    assert (LOGGER.level, LOGGER.propagate) == (logging.ERROR, False)
    assert not LOGGER.isEnabledFor(logging.WARNING)


def test_quiet_provider_passes():
    """A provider that logs no credential passes, whatever logging is set to."""
    logging.disable(logging.CRITICAL)
    assert run(HARNESS, seed=1, only=["PC-CHAT-001"]).failed == []
