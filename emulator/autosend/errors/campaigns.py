"""Refusals of campaigns. Those of actions in a wrong state are inferred."""

from typing import ClassVar

from emulator.autosend.errors import AutoSendError


class CampaignNotFound(AutoSendError):
    status = 404
    code = "CAMPAIGN_NOT_FOUND"
    text = "Campaign not found"
    shows_status = True


class CampaignAnalyticsNotFound(AutoSendError):
    """The same refusal in the form that the analytics page shows."""

    status = 404
    code = "CAMPAIGN_NOT_FOUND"
    text = "Campaign not found"

    def __init__(self) -> None:
        super().__init__(details="No campaign matching the provided ID was found in this project.")


class OnlyDraftCampaignsCanBeDeleted(AutoSendError):
    status = 400
    code = "ONLY_DRAFT_CAMPAIGNS_CAN_BE_DELETED"
    text = "Only draft campaigns can be deleted"
    shows_status = True

    def __init__(self, campaign_status: str = "") -> None:
        super().__init__()


class CampaignActionRefused(AutoSendError):
    """Inferred: the campaign's status does not allow the action."""

    status = 400
    verb: ClassVar[str]

    def __init__(self, campaign_status: str = "draft") -> None:
        super().__init__(f"Campaign cannot be {self.verb} in status {campaign_status}")


class CannotAbortCampaign(CampaignActionRefused):
    code = "CANNOT_ABORT_CAMPAIGN"
    verb = "aborted"


class CannotPauseCampaign(CampaignActionRefused):
    code = "CANNOT_PAUSE_CAMPAIGN"
    verb = "paused"


class CannotResumeCampaign(CampaignActionRefused):
    code = "CANNOT_RESUME_CAMPAIGN"
    verb = "resumed"


class CannotEditCampaign(CampaignActionRefused):
    code = "CANNOT_EDIT_CAMPAIGN"
    verb = "edited"


class MaxDraftCampaignsReached(AutoSendError):
    """Inferred: the limit is documented, its refusal is not."""

    status = 400
    code = "MAX_DRAFT_CAMPAIGNS_REACHED"
    text = "Maximum number of draft campaigns (50) reached for this project."
