"""The places of IP addresses. Only the networks for documentation (RFC 5737) are known."""

from ipaddress import ip_address, ip_network
from typing import Any

PLACES = (
    (ip_network("192.0.2.0/24"), {"_country": "US", "_city": "New York", "_region": "New York"}),
    (ip_network("198.51.100.0/24"), {"_country": "RU", "_city": "Moscow", "_region": "Moscow"}),
    (ip_network("203.0.113.0/24"), {"_country": "DE", "_city": "Berlin", "_region": "Berlin"}),
)


def fill(stored: dict[str, Any]) -> set[str]:
    """Fill a profile's empty fields of its place by its IP address; return their names."""
    address = stored.get("_regip") or stored.get("_ip")
    if not address:
        return set()
    place = next((place for network, place in PLACES if ip_address(address) in network), {})
    missing = {name: value for name, value in place.items() if not stored.get(name)}
    stored.update(missing)
    return set(missing)
