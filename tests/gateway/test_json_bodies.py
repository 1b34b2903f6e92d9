"""Bodies of JSON, however many names they have."""

import json

import pytest

from emulator.gateway.json_bodies import CACHED_NAMES, parsed


@pytest.mark.slow
@pytest.mark.parametrize("names", [100, CACHED_NAMES, 3 * CACHED_NAMES])
def test_names_that_come_again_are_the_same_whatever_their_number(names: int) -> None:
    body = json.dumps(
        [{f"имя {(start + place) % names}": place for place in range(10)} for start in range(6000)]
    )
    assert parsed(body) == json.loads(body)
