"""The addresses to which webhooks may go: HTTPS on port 443, to a host whose addresses are all public."""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import IPv6Address, ip_address, ip_network
from typing import NamedTuple

from chalicelib.domain.model.case import refuse_if, required

LONGEST = 500
"""The number of characters that an address of an endpoint may have."""
PATH = r"(?P<path>[/?][!$-;=?-\[\]_a-z~]*)?"
LABEL, LAST = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", r"(?:[a-z]{2,63}|xn--[a-z0-9-]{0,58}[a-z0-9])"
TARGET = re.compile(rf"(?i:https://(?P<host>(?:{LABEL}\.)+{LAST}))(?::(?P<port>443))?{PATH}", re.ASCII)
"""The form of an address on AWS. The whole address is matched, so no parser can read it differently. A host
needs a domain name, which excludes IP addresses in any notation. A name in other letters is written in
punycode (RFC 3492)."""
ON_LOOPBACK = re.compile(
    r"https?://(?P<host>127\.0\.0\.1|localhost)(?::(?P<port>[1-9][0-9]{1,4}))?" + PATH, re.ASCII
)
"""The form of an address on the local machine, for the local run only."""
PORTS = {"https": 443, "http": 80}
UNICAST = ip_network("2000::/3")
"""The only part of IPv6 that is in use for public hosts (IANA, IPv6 Global Unicast Address Assignments)."""
DENIED = tuple(
    map(
        ip_network,
        (
            "0.0.0.0/8",  # this network
            "10.0.0.0/8",  # private
            "100.64.0.0/10",  # shared by customers of a provider
            "127.0.0.0/8",  # loopback, where the runtime listens
            "169.254.0.0/16",  # link-local, with the metadata of AWS and the runtime's own network
            "172.16.0.0/12",  # private
            "192.0.0.0/24",  # protocol assignments
            "192.0.2.0/24",  # documentation
            "192.31.196.0/24",  # AS112
            "192.52.193.0/24",  # AMT
            "192.88.99.0/24",  # relays of 6to4
            "192.168.0.0/16",  # private
            "192.175.48.0/24",  # AS112
            "198.18.0.0/15",  # benchmarks
            "198.51.100.0/24",  # documentation
            "203.0.113.0/24",  # documentation
            "224.0.0.0/4",  # multicast
            "240.0.0.0/4",  # reserved, and broadcast
            "::/128",  # unspecified
            "::1/128",  # loopback
            "::/96",  # IPv4-compatible
            "::ffff:0:0/96",  # IPv4-mapped
            "64:ff9b::/96",  # NAT64
            "64:ff9b:1::/48",  # NAT64 for local use
            "100::/64",  # discarded
            "2001::/23",  # protocol assignments, with Teredo and ORCHID
            "2001:db8::/32",  # documentation
            "2002::/16",  # 6to4
            "2620:4f:8000::/48",  # AS112
            "3fff::/20",  # documentation
            "5f00::/16",  # segment routing
            "fc00::/7",  # private, with the metadata of AWS
            "fe80::/10",  # link-local
            "ff00::/8",  # multicast
        ),
    )
)
"""The networks to which no webhook goes (RFC 6890 and IANA's registries of special addresses).
`ipaddress.is_global` is not used, because it lets NAT64 and 6to4 pass on Python 3.11."""


class Target(NamedTuple):
    """The parts of an address: its scheme, host and port, and the path with the query."""

    scheme: str
    host: str
    port: int
    path: str


def target(url: str, loopback: bool = False) -> Target:
    """Return the parts of an endpoint's address. `loopback`: also allow the local machine, by HTTP too.
    Raises Refusal `hook_url` for any other address."""
    refuse_if(len(url) > LONGEST, "hook_url", field="url")
    found = TARGET.fullmatch(url) or (ON_LOOPBACK.fullmatch(url) if loopback else None)
    parts = required(found, "hook_url", field="url")
    scheme, path = url.partition(":")[0].lower(), parts["path"] or ""
    return Target(
        scheme,
        parts["host"].lower(),
        int(parts["port"] or PORTS[scheme]),
        path if path.startswith("/") else f"/{path}",
    )


def public(addresses: Iterable[str]) -> bool:
    """Return whether there are addresses, and all of them are public. One address that is not public denies
    the host, because a connection could go to any of them."""
    found = [ip_address(one.partition("%")[0]) for one in addresses]
    return bool(found) and not any(
        (isinstance(one, IPv6Address) and one not in UNICAST)
        or any(one.version == network.version and one in network for network in DENIED)
        for one in found
    )
