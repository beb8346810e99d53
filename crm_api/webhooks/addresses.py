"""Where a webhook may lead: public addresses alone, whatever a name resolves to at the moment of sending."""

import socket
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

MAX_URL = 2000
_NAT64 = IPv6Network("64:ff9b::/96")
# Names that mean this machine or this network, whatever a resolver says of them.
_INNER_SUFFIXES = (".localhost", ".local", ".internal", ".lan", ".home", ".arpa")
_DEFAULT_PORTS = {"https": 443, "http": 80}


class AddressRefused(ValueError):
    """Says in Spanish why nothing is sent there."""


@dataclass(frozen=True)
class Target:
    """A URL in parts; `path` has the query too."""

    secure: bool
    host: str
    port: int
    path: str


SocketAddress = tuple[socket.AddressFamily, tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes]]


def parse_target(url: str, *, allow_private: bool) -> Target:
    """The parts of a webhook's URL. Raises AddressRefused for what can be refused without asking a resolver."""
    if len(url) > MAX_URL or not all("\x21" <= character <= "\x7e" for character in url) or "\\" in url:
        raise AddressRefused("La dirección tiene caracteres que no van en una URL, o es demasiado larga.")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise AddressRefused("La dirección no es una URL válida.") from None
    if parts.scheme != "https" and not (allow_private and parts.scheme == "http"):
        raise AddressRefused("La dirección debe empezar con https://.")
    if not host or port == 0:
        raise AddressRefused("La dirección no es una URL válida.")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise AddressRefused("La dirección no puede llevar usuario, contraseña ni #.")
    if not allow_private:
        _refuse_inner_name(host)
    path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    return Target(parts.scheme == "https", host, port or _DEFAULT_PORTS[parts.scheme], path)


def resolve(target: Target, *, allow_private: bool) -> list[SocketAddress]:
    """The addresses to connect to, none of them private. Raises AddressRefused, OSError where the name is unknown.

    All addresses of a name must be public: one that also leads inside is somebody trying.
    """
    found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    if not allow_private and not all(is_public(str(address[0])) for *_, address in found):
        raise AddressRefused("La dirección lleva a una red privada.")
    return [(family, address) for family, _, _, _, address in found]


def is_public(text: str) -> bool:
    """Whether an IP address is one of the public internet, also inside the forms of IPv6 that carry one of IPv4."""
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return False
    inner = _carried(address) if isinstance(address, IPv6Address) else None
    if inner is not None:
        return is_public(str(inner))
    if address.is_multicast or address.is_reserved or address.is_unspecified:
        return False
    return address.is_global and not (isinstance(address, IPv6Address) and address.is_site_local)


def _carried(address: IPv6Address) -> IPv4Address | None:
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)


def _refuse_inner_name(host: str) -> None:
    name = host.rstrip(".").lower()
    try:
        literal = ip_address(name)
    except ValueError:
        if name == "localhost" or name.endswith(_INNER_SUFFIXES) or "." not in name:
            raise AddressRefused("La dirección lleva a una red privada.") from None
        return
    if not is_public(str(literal)):
        raise AddressRefused("La dirección lleva a una red privada.")
