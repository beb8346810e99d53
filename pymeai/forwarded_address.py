"""The browser's address, as the dashboards tell it to the API on behalf of whoever signs in through them.

All of their visitors reach the API from one address, the dashboards' own: without this, five wrong passwords of one of them
would lock out the rest. Whoever shares the server's secret is believed, and nobody else.
"""

import hmac
from collections.abc import Mapping
from ipaddress import IPv6Address, ip_address

from pymeai.settings import Settings

ADDRESS_HEADER = "X-PymeAI-Client-Address"
PROOF_HEADER = "X-PymeAI-Client-Proof"


def forwarding_headers(settings: Settings, address: str | None) -> dict[str, str]:
    """What to send with a request made for a browser at `address`; nothing where that is no address."""
    canonical = _canonical(address or "")
    if canonical is None:
        return {}
    return {ADDRESS_HEADER: canonical, PROOF_HEADER: _proof(settings, canonical)}


def forwarded_address(settings: Settings, headers: Mapping[str, str]) -> str | None:
    """The address that a request proves to be forwarded for; None where it tells none, or proves nothing."""
    canonical = _canonical(headers.get(ADDRESS_HEADER, ""))
    if canonical is None:
        return None
    proof = headers.get(PROOF_HEADER, "").encode(errors="replace")
    return canonical if hmac.compare_digest(proof, _proof(settings, canonical).encode()) else None


def _canonical(address: str) -> str | None:
    try:
        # A link's name after "%" says nothing elsewhere, and may hold any sign.
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return str(mapped or found)


def _proof(settings: Settings, address: str) -> str:
    # Of this very address: a proof that is seen somewhere opens no other.
    return settings.derive(f"forwarded address: {address}")
