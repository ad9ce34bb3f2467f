"""Networks in CIDR notation: reading what somebody wrote, and who is inside."""

import ipaddress
from collections.abc import Sequence

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def read_network(text: str) -> Network | None:
    """None for what is none, which includes one with bits set behind the prefix, somebody's
    mistake, and one of a single machine's interface (`fe80::%eth0/64`).
    """
    try:
        network = ipaddress.ip_network(text)
    except ValueError:
        return None
    return None if "%" in text else network


def canonical_network(text: str) -> str:
    """As the database keeps it: `10.0.0.7` is the network of this one address. What is no network
    stays as it is, for somebody to refuse.
    """
    return str(read_network(text) or text)


def canonical_networks(networks: Sequence[str]) -> list[str]:
    """Each once."""
    return list(dict.fromkeys(map(canonical_network, networks)))


def address_is_within(address: str | None, networks: Sequence[str]) -> bool:
    """Whether a caller at this address is inside. An IPv4 address written as IPv6 counts as what
    it is; without an address there is nothing to trust.
    """
    if address is None:
        return False
    found = ipaddress.ip_address(address)
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    return any(found in ipaddress.ip_network(network) for network in networks)
