"""Snapshots in which rows are missing that others name are refused, with the row."""

import re
from pathlib import Path

import pytest

from tests.conftest import Emulator
from tests.control.test_edited_snapshots import edited, image_of, upload, used


@pytest.fixture(scope="module")
def good(running: Emulator) -> bytes:
    running.reset()
    return image_of(used(running))


LACKING = [
    ("DELETE FROM altcraft_token", "the file has no altcraft_token"),
    (
        "DELETE FROM altcraft_profile",
        "altcraft_subscription {} with '{}' as profile_id, of which there is no altcraft_profile",
    ),
    (
        "DELETE FROM altcraft_mailing WHERE state = 'running'",
        "altcraft_run {} with {} as mailing_id, of which there is no altcraft_mailing",
    ),
    ("DELETE FROM rcs_otp_send", "rcs_dispatch {} with {} as job_id, of which there is no rcs_otp_send"),
    (
        "DELETE FROM rcs_otp_session",
        "rcs_otp_send {} with '{}' as session_id, of which there is no rcs_otp_session",
    ),
    ("UPDATE altcraft_account SET id = 2", "not one altcraft_account with the id 1"),
    ("DELETE FROM rcs_otp_settings", "not one rcs_otp_settings with the id 1"),
    (
        "DELETE FROM altcraft_database WHERE id = 1",
        "{} with {} as {}, of which there is no altcraft_database",
    ),
    ("DELETE FROM altcraft_group", "{} with {} as groups, of which there is no altcraft_group"),
    (
        "DELETE FROM altcraft_loyalty_program",
        "{} with {} as program_id, of which there is no altcraft_loyalty_program",
    ),
    (
        "DELETE FROM autosend_campaign",
        "autosend_mail {} with '{}' as campaign_id, of which there is no autosend_campaign",
    ),
    (
        "DELETE FROM autosend_organization",
        "{} with '{}' as organization_id, of which there is no autosend_organization",
    ),
    ("UPDATE rcs_account SET id = 77", "{} with {} as account_id, of which there is no rcs_account"),
    (
        "UPDATE message SET job_id = 999 WHERE id = 1",
        "message 1 with 999 as job_id, of which there is no job",
    ),
]
"""Edits after which rows are missing that others name, and what is said of them."""


@pytest.mark.slow
@pytest.mark.parametrize(("statement", "said"), LACKING)
def test_a_snapshot_that_lacks_what_its_rows_name_is_refused_with_the_row(
    emulator: Emulator, good: bytes, tmp_path: Path, statement: str, said: str
) -> None:
    answer = upload(emulator.http, edited(good, tmp_path, statement))
    assert answer.status_code == 422
    words = [re.escape(part) for part in said.split("{}")]
    assert re.search("[^ ]+".join(words), answer.json()["detail"]), answer.json()["detail"]
