"""What tells the servers of a fleet apart: ids and credentials of one are not used at another.

Replicas have the same settings, also the same seed; only the public URL is each one's own
(docs/decisions/0036-fleet.md).
"""

from hashlib import sha256

from emulator.sandbox.credentials import machine_token


def seed_of_seeds(seed: int, public_url: str | None) -> int:
    """Return the seed from which a server makes the seeds of its sandboxes."""
    if public_url is None:
        return seed
    return int.from_bytes(sha256(f"{seed}/{public_url}".encode()).digest()[:8], "big")


def realm(seed: int, public_url: str | None, *, is_seed_given: bool) -> str:
    """Return the text from which, with a sandbox's number, its credentials are derived.

    A replica that was restarted counts from 1 again, while clients of its former sandboxes may go on. So the
    text is partly random, unless a seed was given, which asks for the same credentials each time.
    """
    if public_url is None:
        return str(seed)
    return f"{seed}/{public_url}" if is_seed_given else f"{seed}/{public_url}/{machine_token()}"
