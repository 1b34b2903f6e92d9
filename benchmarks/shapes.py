"""The requests and responses of both yardsticks: the fields of the providers, validated by pydantic.

Responses are about as long as the emulator's: `answers.py` holds them to it.
"""

from typing import Any

from pydantic import BaseModel, Field

LATER, EARLIER = "2026-03-15T14:30:00.000Z", "2026-03-01T10:00:00.000Z"
LETTER = '<h1>Hi {{firstName}}</h1><p>Read on.</p><p><a href="{{unsubscribe}}">Unsubscribe</a></p>'


class Campaign(BaseModel):
    """A campaign of AutoSend."""

    id: str
    campaignId: str = "60d5ec49f1b2c72d9c8b4567"
    name: str = "Spring Sale Newsletter"
    subject: str = "Don't miss our Spring Sale!"
    previewText: str = "Up to 50% off this weekend only"
    status: str = "sending"
    sendMode: str = "immediate"
    trackingClick: bool = True
    trackingOpen: bool = True
    createdAt: str = EARLIER
    updatedAt: str = LATER


class CampaignReply(BaseModel):
    success: bool = True
    data: Campaign


class ListReply(BaseModel):
    id: str = "66a0c1d2e3f4a5b6c7d8dddd"
    name: str = "Readers"
    type: str = "list"
    contactCount: int = 51


class SenderReply(BaseModel):
    email: str = "hello@example.com"
    name: str = "Example Shop"


class TemplateReply(BaseModel):
    templateId: str = "A-0f1e2d3c4b5a69788796"
    projectId: str = "66a0c1d2e3f4a5b6c7d8aaaa"
    templateName: str = "Newsletter"
    subject: str = "What happened this month"
    previewText: str = "In three minutes"
    emailTemplate: str = LETTER
    templateType: str = "marketing"
    builderType: str = "code"
    editorJson: str | None = None
    parentBodyProperties: str | None = None
    createdAt: str = EARLIER
    updatedAt: str = LATER
    isFlagged: bool = False
    source: str = "api"
    id: str = "A-0f1e2d3c4b5a69788796"


class Metrics(BaseModel):
    sent: int = 0
    delivered: int = 0
    opened: int = 0
    suppressed: int = 0
    clicked: int = 0
    bounced: int = 0
    unsubscribed: int = 0
    spamReported: int = 0
    processedCount: int = 0
    totalContacts: int = 0
    failedCount: int = 0


class Progress(Metrics):
    averageRatePerSecond: float = 0.0
    totalDurationSeconds: float = 3600.0


class FullCampaign(Campaign):
    """A campaign of AutoSend with everything that Get Campaign returns: sender, template, lists, metrics."""

    projectId: str = "66a0c1d2e3f4a5b6c7d8aaaa"
    organizationId: str = "66a0c1d2e3f4a5b6c7d8bbbb"
    createdBy: str = "66a0c1d2e3f4a5b6c7d8cccc"
    fromSenderId: str = "66a0c1d2e3f4a5b6c7d82001"
    replyTo: str = ""
    toLists: list[ListReply] = [ListReply()]
    excludeLists: list[ListReply] = []
    unsubscribeGroupId: str | None = None
    sendNow: bool = False
    scheduledAt: str | None = LATER
    templateId: str = "A-0f1e2d3c4b5a69788796"
    sender: SenderReply = Field(SenderReply(), alias="from")
    metrics: Progress = Progress()
    sentAt: str | None = None
    abortedAt: str | None = None
    agendaJobId: str = "24"
    failureReason: str | None = None
    sendToGlobalList: bool = False
    template: TemplateReply = TemplateReply()
    resumedAt: str | None = None
    pausedReason: str | None = None
    pausedAt: str | None = None
    thresholdPreset: str = "balanced"
    source: str = "api"
    gradualSend: str | None = None


class FullCampaignReply(BaseModel):
    success: bool = True
    data: FullCampaign
    message: str = "Campaign retrieved successfully"


class Address(BaseModel):
    email: str
    name: str | None = None


class NewCampaign(BaseModel):
    """The body of a request to AutoSend that makes a campaign and publishes it."""

    name: str
    subject: str
    sender: Address = Field(alias="from")
    toLists: list[str]
    templateId: str
    publish: bool
    sendNow: bool


class MadeCampaign(Campaign):
    previewText: str = ""
    status: str = "scheduled"
    sender: SenderReply = Field(SenderReply(name=""), alias="from")
    replyTo: str = ""
    templateId: str = "A-0f1e2d3c4b5a69788796"
    toLists: list[ListReply] = [ListReply()]
    excludeLists: list[ListReply] = []
    sendNow: bool = True
    sendToGlobalList: bool = False
    metrics: Metrics = Metrics()
    source: str = "api"


class MadeCampaignReply(BaseModel):
    success: bool = True
    data: MadeCampaign
    message: str = "Campaign updated successfully"


class Mail(BaseModel):
    to: Address
    sender: Address = Field(alias="from")
    subject: str
    html: str
    dynamicData: dict[str, Any] = {}


class Queued(BaseModel):
    emailId: str = "66b1c2d3e4f5a6b7c8d9e001"
    message: str = "Email queued successfully."
    totalRecipients: int = 1


class QueuedReply(BaseModel):
    success: bool = True
    data: Queued


class Phone(BaseModel):
    """A recipient of RCS."""

    number: str
    reference_id: str | None = None


class Text(BaseModel):
    text: str


class RcsMessage(BaseModel):
    """The body of a request to RCS that sends one message."""

    phone: Phone
    sender: str
    options: Text


class SmsText(Text):
    sender: str


class SmsMessage(BaseModel):
    """The body of a request to RCS that sends one message by a list of channels, here by SMS."""

    channels: list[str]
    phone: Phone
    sms: SmsText


class RcsCampaign(BaseModel):
    """The body of a request to RCS that sends one text to many phones."""

    phones: list[Phone]
    sender: str
    options: Text


class Amount(BaseModel):
    value: str = "0.0175696"
    currency: str = "USD"


class Accepted(BaseModel):
    """A message that RCS has accepted."""

    id: int = 3280000512
    reference_id: str | None
    source: str = "rest"
    type: str
    phone: int
    status: str = "accepted"
    validity: int = 72
    amount: Amount = Amount()
    sender: str
    created_at: str = "2026-03-15 14:30:00"
    sent_at: str | None = None
    delivered_at: str | None = None


class AcceptedReply(BaseModel):
    data: Accepted


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
    alternative_channels: dict[str, dict[str, Counted]] | None = {
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


class Done(BaseModel):
    """What each response of Altcraft says."""

    error: int = 0
    error_text: str = "Successful operation"


class MailingReply(Done):
    data: Mailing


class MailingStatus(BaseModel):
    is_active: bool = False
    is_completed: bool = False
    status: str = "Inactive"


class StatusReply(Done):
    data: MailingStatus = MailingStatus()


class ChangedReply(Done):
    data: None = None


class Subscription(BaseModel):
    channel: str
    email: str
    resource_id: int
    status: str
    priority: int


class Profile(BaseModel):
    """The fields of a person."""

    first_name: str = Field(alias="_fname")
    last_name: str = Field(alias="_lname")
    email: str
    phones: list[str]
    subscriptions: list[Subscription]


class Imported(BaseModel):
    """The body of a request to Altcraft that writes one profile."""

    token: str
    db_id: int
    matching: str
    email: str
    data: Profile


class ImportedReply(Done):
    profile_id: str = "6638e1e8ee44bb50a67115c4"
