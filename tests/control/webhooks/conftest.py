"""Fixtures: a sandbox without webhook targets, and a receiver."""

from collections.abc import Iterator

import pytest

from tests.conftest import Emulator, Sandbox
from tests.control.webhooks.hooks import without_targets
from tests.receiver import Receiver, receiving


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as listening:
        yield listening


@pytest.fixture
def box(emulator: Emulator) -> Sandbox:
    return without_targets(emulator.sandbox("hooks", clock="frozen"))
