"""Which addresses a service can have."""

import pytest

from ._service import AcmeProvider

UNSOUND = [
    "nowhere",
    "ftp://host",
    "http://user:secret@host",
    "http://host?key=secret",
    "http://[::1",
    "http://host:port",
    "http://host:99999",
    "http://a host",
    "http://host\n/path",
]


@pytest.mark.parametrize("url", UNSOUND)
def test_an_address_that_makes_no_sense_is_refused_at_once(url):
    """The constructor says what an address looks like, and never repeats what it was given."""
    with pytest.raises(ValueError, match="the base URL must look like") as caught:
        AcmeProvider(api_key="k" * 9, base_url=url)

    assert "secret" not in str(caught.value)


async def test_a_host_that_no_name_service_takes():
    """Its check fails in the HTTP library; health is False all the same, never an exception."""
    async with AcmeProvider(api_key="k" * 9, base_url="http://xn--/v1") as provider:
        assert not await provider.health_check()
