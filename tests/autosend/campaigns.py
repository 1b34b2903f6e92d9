"""Helpers that bring campaigns to every status over HTTP, as a client would."""

from tests.autosend.conftest import AutoSend

READERS = "66a0c1d2e3f4a5b6c7d8dddd"
NOBODY = "66a0c1d2e3f4a5b6c7d8dd03"
HTML = '<p>upon <a href="https://story.example/">a time</a></p>'
DRAFT = {"name": "Story", "subject": "Once", "htmlTemplate": HTML, "toLists": [READERS]}
RELEASE = {"publish": True, "sendNow": True}
GRADUAL = {"sendMode": "gradual", "gradualStrategy": "2x", "dailyBatchSize": 5}
RELEASED = "120500ms"
"""The time from publishing to half a second after the release; the first mails leave after one second."""


def create(autosend: AutoSend, **settings: object) -> str:
    return str(autosend.data("POST", "/campaigns", DRAFT | settings)["id"])


def status_of(autosend: AutoSend, campaign: str) -> str:
    return str(autosend.data("GET", f"/campaigns/{campaign}")["status"])


def bring_to(autosend: AutoSend, status: str, mode: str) -> str:
    """Create a campaign with this send mode, bring it to `status`, and return its id."""
    settings = GRADUAL if mode == "gradual" else {}
    if status == "draft":
        return create(autosend, **settings)
    to = NOBODY if status == "failed" else READERS
    campaign = create(autosend, **settings, **RELEASE, toLists=[to])
    if status != "scheduled":
        autosend.advance(RELEASED)
    if status in {"paused", "aborted"}:
        action = {"paused": "pause", "aborted": "abort"}[status]
        autosend.data("POST", f"/campaigns/{campaign}/{action}")
    if status == "sent":
        autosend.advance("9d")
    assert status_of(autosend, campaign) == status
    return campaign
