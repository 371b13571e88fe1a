"""What an address says of where a host is: whether a peer can be there, how near it is, and its group."""

import ipaddress
from enum import IntEnum
from functools import lru_cache

# Networks of somebody's own: RFC 1918, RFC 6598 (carriers), RFC 3927 and RFC 4193, with their IPv6 likes.
PRIVATE = tuple(
    ipaddress.ip_network(text)
    for text in (
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "100.64.0.0/10",
        "169.254.0.0/16",
        "fc00::/7",
        "fe80::/10",
    )
)

# Hosts whose place is known without reading them again: those of the peers, of a book of addresses, and as many more.
HOSTS_REMEMBERED = 4_096


class Realm(IntEnum):
    """How far a host is: on this machine, on a network of somebody's own, or anywhere."""

    LOOPBACK = 0
    PRIVATE = 1
    PUBLIC = 2


def canonical(host: str) -> str:
    """Write a host in its one form; IPv4 that came through an IPv6 socket as IPv4, and a name as it is."""
    address = _parse(host)
    return host if address is None else str(address)


def is_host(host: str) -> bool:
    """Whether a host is a number: a name would make us ask a name server of a stranger's choice."""
    address = _parse(host)
    return address is not None and not (address.is_unspecified or address.is_multicast)


@lru_cache(HOSTS_REMEMBERED)
def is_tellable(host: str) -> bool:
    """Whether others can dial a host that is told of: a number, in its one form, that leads anywhere from here.

    A zone (`%` and any text) means something on its own machine only; elsewhere it would be another name of one host.
    """
    address = _parse(host)
    if address is None or str(address) != host or "%" in host:
        return False
    nowhere = address.is_unspecified or address.is_multicast or address.is_link_local
    return not (nowhere or (address.version == 4 and (address.is_reserved or host.startswith("0."))))


@lru_cache(HOSTS_REMEMBERED)
def realm_of(host: str) -> Realm:
    """Tell how far a host is; a name counts as anywhere, but for this machine's own."""
    address = _parse(host)
    if address is None:
        return Realm.LOOPBACK if host == "localhost" else Realm.PUBLIC
    if address.is_loopback:
        return Realm.LOOPBACK
    return Realm.PRIVATE if any(address in network for network in PRIVATE) else Realm.PUBLIC


def may_tell(teller: str, host: str) -> bool:
    """Whether one host can know of another: what is near to us is far from who is far, and means another machine."""
    return realm_of(teller) <= realm_of(host)


@lru_cache(HOSTS_REMEMBERED)
def group_of(host: str) -> str:
    """Name the part of the network that one owner is likely to hold: /16 of IPv4, /32 of IPv6.

    Near hosts are each a group of their own, else a cluster on one machine or in one office could not connect.
    """
    address = _parse(host)
    if address is None or realm_of(host) is not Realm.PUBLIC:
        return host
    if address.version == 4:
        return ".".join(str(address).split(".")[:2])
    return ":".join(address.exploded.split(":")[:2])


def _parse(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address
