"""Refusals of received mails. Their pages print them without codes."""

from emulator.autosend.errors import AutoSendError


class InvalidInboundQuery(AutoSendError):
    """A bad parameter of the list; `path` names it."""

    status = 400
    text = "Invalid value"

    def __init__(self, parameter: str = "limit") -> None:
        super().__init__(path=parameter)


class InvalidInboundId(AutoSendError):
    status = 400
    text = "Invalid value"


class InvalidRawMimeId(AutoSendError):
    """The same in the form that the page of the raw message shows."""

    status = 400
    text = "Invalid value"
    form = "list"

    def __init__(self) -> None:
        super().__init__(path="id")


class InboundEmailNotFound(AutoSendError):
    status = 404
    text = "Inbound email not found"


class AttachmentNotFound(AutoSendError):
    status = 404
    text = "Attachment not found"


class RawMimeNotAvailable(AutoSendError):
    status = 404
    text = "Raw MIME is not yet available for this message"


class InboundDownloadAttachmentFailed(AutoSendError):
    """Only a fault rule makes it: what is stored can be read."""

    status = 500
    text = "Failed to download attachment. Please try again."


class ReplyFromRequired(AutoSendError):
    status = 400
    text = "A `from` address is required to reply"


class ReplyFromOtherDomain(AutoSendError):
    status = 400
    text = "Reply `from` address must use the same domain that received the message"
