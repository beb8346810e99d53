"""Where a webhook may lead: public addresses alone, whatever a name resolves to at the moment of sending."""

import socket
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

MAX_URL = 2000
_NAT64 = IPv6Network("64:ff9b::/96")
_GLOBAL_UNICAST = IPv6Network("2000::/3")
# IANA's registries of special-purpose addresses, of both versions, whole: also what they say is reachable from everywhere is
# a service's and no company's server. Python's `is_global` depends on its release: 3.11.7 takes 192.0.0.192, 192.88.99.1
# and 3fff::1 for public ones. https://www.iana.org/assignments/iana-ipv4-special-registry and iana-ipv6-special-registry
_SPECIAL_IPV4 = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
            "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24",
            "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        ),
    )
)  # fmt: skip
# Of those inside 2000::/3; all outside it is special.
_SPECIAL_IPV6 = tuple(map(IPv6Network, ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20")))
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
    if isinstance(address, IPv6Address):
        special = address not in _GLOBAL_UNICAST or any(address in network for network in _SPECIAL_IPV6)
    else:
        special = any(address in network for network in _SPECIAL_IPV4)
    return address.is_global and not special


def _carried(address: IPv6Address) -> IPv4Address | None:
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour


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
