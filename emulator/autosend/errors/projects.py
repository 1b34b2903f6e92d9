"""Refusals of projects. Their pages print most of them without a code."""

from emulator.autosend.errors import AutoSendError


class AccountKeyRequired(AutoSendError):
    status = 403
    text = "This endpoint requires an organization admin API key (ASA_ prefix)"
