"""An emulator with settings of its own, in this process."""

from collections.abc import Iterator
from contextlib import contextmanager

from starlette.testclient import TestClient

from emulator.app import assemble, make_providers, make_world
from emulator.settings import Settings
from tests.conftest import BASE_URL


@contextmanager
def assembled(**chosen: object) -> Iterator[TestClient]:
    """Yield a client of an emulator with these settings, on a frozen clock."""
    settings = Settings.model_validate({"clock": "frozen", **chosen})
    providers = make_providers(settings)
    world = make_world(settings, providers)
    try:
        yield TestClient(assemble(settings, providers, world), base_url=BASE_URL)
    finally:
        world.close()
