"""On a running clock, due events run up to 20 ms early, and still find that their time has come."""

import pytest

from tests.autosend.campaigns import GRADUAL, RELEASE, create
from tests.autosend.conftest import AutoSend

A_MAIL_IN_12_HOURS = 1 / 43_200


@pytest.mark.usefixtures("early")
def test_a_gradual_day_that_took_24_hours_is_followed_by_a_whole_one(autosend: AutoSend) -> None:
    settings = GRADUAL | {"gradualStrategy": "fixed", "dailyBatchSize": 2}
    campaign = create(autosend, **RELEASE, **settings)
    job = f"/_emulator/jobs/autosend/campaign/{campaign}"
    assert autosend.emulator.http.post(f"{job}/pace", json={"pace": A_MAIL_IN_12_HOURS}).status_code == 200
    assert autosend.emulator.http.post(f"{job}/status", json={"action": "release"}).status_code == 200
    autosend.advance("24h")
    assert autosend.data("GET", f"/campaigns/{campaign}")["metrics"]["sent"] == 2
    autosend.advance("35h")
    assert autosend.data("GET", f"/campaigns/{campaign}")["metrics"]["sent"] == 2
    autosend.advance("1h")
    assert autosend.data("GET", f"/campaigns/{campaign}")["metrics"]["sent"] == 3
