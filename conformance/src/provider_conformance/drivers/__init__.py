"""The drivers, which connect a provider to the scripted service: respx, and a loopback socket."""

from provider_conformance.drivers._base import Driver, DriverName
from provider_conformance.drivers._respx import RespxDriver
from provider_conformance.drivers._socket import SocketDriver

__all__ = ["Driver", "DriverName", "RespxDriver", "SocketDriver"]
