"""The requests and responses of both yardsticks: the fields of the providers, validated by pydantic."""

from typing import Any

from pydantic import BaseModel, Field


class Campaign(BaseModel):
    """A campaign of AutoSend."""

    id: str
    name: str = "Spring Sale Newsletter"
    subject: str = "Don't miss our Spring Sale!"
    previewText: str = "Up to 50% off this weekend only"  # noqa: N815 -- the provider's name
    status: str = "sending"
    sendMode: str = "immediate"  # noqa: N815 -- the provider's name
    trackingClick: bool = True  # noqa: N815 -- the provider's name
    trackingOpen: bool = True  # noqa: N815 -- the provider's name
    createdAt: str = "2026-03-01T10:00:00.000Z"  # noqa: N815 -- the provider's name
    updatedAt: str = "2026-03-15T14:30:00.000Z"  # noqa: N815 -- the provider's name


class CampaignReply(BaseModel):
    success: bool = True
    data: Campaign


class ListReply(BaseModel):
    id: str
    name: str
    type: str = "list"
    contactCount: int  # noqa: N815 -- the provider's name


class SenderReply(BaseModel):
    email: str
    name: str


class TemplateReply(BaseModel):
    templateId: str  # noqa: N815 -- the provider's name
    templateName: str  # noqa: N815 -- the provider's name
    subject: str
    previewText: str  # noqa: N815 -- the provider's name
    emailTemplate: str  # noqa: N815 -- the provider's name


class FullCampaign(Campaign):
    """A campaign of AutoSend with everything that Get Campaign returns: sender, template, lists, metrics."""

    projectId: str  # noqa: N815 -- the provider's name
    sender: SenderReply = Field(alias="from")
    template: TemplateReply
    toLists: list[ListReply]  # noqa: N815 -- the provider's name
    metrics: dict[str, int]


class FullCampaignReply(BaseModel):
    success: bool = True
    data: FullCampaign
    message: str = "Campaign retrieved successfully"


class Address(BaseModel):
    email: str
    name: str | None = None


class Mail(BaseModel):
    to: Address
    sender: Address = Field(alias="from")
    subject: str
    html: str
    dynamicData: dict[str, Any] = {}  # noqa: N815 -- the provider's name


class Queued(BaseModel):
    emailId: str = "66b1c2d3e4f5a6b7c8d9e001"  # noqa: N815 -- the provider's name
    message: str = "Email queued successfully."
    totalRecipients: int = 1  # noqa: N815 -- the provider's name


class QueuedReply(BaseModel):
    success: bool = True
    data: Queued


class Counted(BaseModel):
    delivered: int = 1
    sent: int = 3


class Broadcast(BaseModel):
    """A campaign of RCS."""

    id: int
    name: str = "RCS api campaign / 2026-03-13 14:30:00"
    sender: str = "my_agent"
    status: str = "done"
    message_type: str = "rcs"
    start_at: str = "2026-03-13 14:30:00"
    real_start_at: str | None = "2026-03-13 14:30:03"
    finished_at: str | None = "2026-03-13 14:30:04"
    created_at: str = "2026-03-13 14:30:00"
    statistics: Counted = Counted()
    calculated_price: float = 0.0
    currency: str = "USD"
    alternative_channels: dict[str, dict[str, Counted]] = {
        "sms": {"statistics": Counted(delivered=2), "statistic": Counted(delivered=2)}
    }


class BroadcastReply(BaseModel):
    data: Broadcast


class Identified(BaseModel):
    """The body of a request to Altcraft about one mailing."""

    token: str
    id: int


class Letter(BaseModel):
    subject: str = ""
    from_email: str = ""
    from_name: str = ""
    replyto_email: str = ""
    replyto_name: str = ""
    message_id: int = 27


class Mailing(BaseModel):
    """A mailing of Altcraft."""

    id: int
    name: str = "Daily forecast"
    description: str = ""
    type: str = "regular"
    updated_user: str = "olga@example.com"
    update_time: str = "2026-03-03T11:00:00.000Z"
    is_active: bool = False
    is_completed: bool = False
    data_id: int = 1
    data_type: str = "list"
    content: list[Letter] = [Letter()]
    status: str = "Inactive"
    subid: str = ""
    virtual_sender_id: int = 2
    resource_id: int = 26
    channel: str = "push"
    for_confirm: bool = False
    providers: list[str] = ["google", "mozilla", "ios-apns"]
    push_sending_mode: str = "fanout"


class MailingReply(BaseModel):
    data: Mailing
    error: int = 0
    error_text: str = "Successful operation"
