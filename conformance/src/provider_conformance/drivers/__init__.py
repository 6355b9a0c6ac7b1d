"""Two ways to play one script: respx over httpx, and a socket on loopback."""

from provider_conformance.drivers._base import Driver, DriverName
from provider_conformance.drivers._respx import RespxDriver
from provider_conformance.drivers._socket import SocketDriver

__all__ = ["Driver", "DriverName", "RespxDriver", "SocketDriver"]
