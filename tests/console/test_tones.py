"""The mark and colour of a status in the console."""

import re

import pytest

from emulator.app import make_providers
from emulator.control.console import FILES
from emulator.providers import Provider
from emulator.settings import Settings

PROVIDERS = make_providers(Settings())


@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda one: one.name)
def test_every_status_and_state_has_one_of_its_own(provider: Provider) -> None:
    script = (FILES / "status.js").read_text("utf-8")
    known = set(" ".join(re.findall(r'^  \w+:\s+"([^"]+)"', script, re.MULTILINE)).split())
    states = [state for kind in provider.kinds for state in kind.states()]
    assert {status.lower().replace("-", "_") for status in provider.statuses() + states} <= known
