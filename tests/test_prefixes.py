"""Which provider a path belongs to."""

import pytest

from emulator.app import make_providers
from emulator.providers import Prefixes
from emulator.settings import Settings

PREFIXES = Prefixes(make_providers(Settings()))


@pytest.mark.parametrize(
    ("path", "provider"),
    [
        ("/api/v1.1/campaigns/get", "altcraft"),
        ("/api/v1.1/", "altcraft"),
        ("/api/v1.1", "altcraft"),
        ("/api/v1.10/campaigns/get", "rcs"),
        ("/api/campaigns/3", "rcs"),
        ("/api/", "rcs"),
        ("/api", "rcs"),
        ("/v1/campaigns", "autosend"),
        ("/v1", "autosend"),
        ("/pixel", "altcraft"),
        ("/pixel/", "altcraft"),
        ("/pixels", None),
        ("/pixe", None),
        ("/apis", None),
        ("/v11/campaigns", None),
        ("//api/campaigns/3", "rcs"),
        ("///v1/campaigns", "autosend"),
        ("//pixels", None),
        ("//", None),
        ("/_emulator/clock", None),
        ("/", None),
        ("", None),
    ],
)
def test_the_longest_beginning_decides(path: str, provider: str | None) -> None:
    found = PREFIXES.provider_at(path)
    assert (found.name if found else None) == provider
