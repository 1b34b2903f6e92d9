"""What tells the servers of a fleet apart: nothing that one gives out is valid, or the same, at another.

Replicas have the same settings, also the same seed; only the public URL is each one's own
(docs/decisions/0036-fleet.md).
"""

from hashlib import sha256

from emulator.sandbox.credentials import machine_token


def seed_of_seeds(seed: int, public_url: str | None) -> int:
    """Return the seed of which a server makes those of its sandboxes."""
    if public_url is None:
        return seed
    return int.from_bytes(sha256(f"{seed}/{public_url}".encode()).digest()[:8], "big")


def realm(seed: int, public_url: str | None, *, is_seed_given: bool) -> str:
    """Return what the credentials of a server's sandboxes are made of, beside the sandboxes' numbers.

    A replica that was restarted counts from 1 again, while clients of its former sandboxes may go on. So
    there is chance in it, unless somebody asked for a seed, and so for the same credentials each time.
    """
    if public_url is None:
        return str(seed)
    return f"{seed}/{public_url}" if is_seed_given else f"{seed}/{public_url}/{machine_token()}"
