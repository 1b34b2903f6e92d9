"""The raw source of a mail, as its recipient gets it."""

from emulator.sending.content import Content
from emulator.sending.identity import Envelope
from emulator.sending.messages import Message
from emulator.sending.mime import MailFile, written_mail

MESSAGE_ID = "Message-ID"


def source(message: Message, content: Content, envelope: Envelope) -> bytes:
    """Return the bytes of a mail with the sender and the recipients of the envelope."""
    given = {name: value for name, value in content.headers.items() if name != MESSAGE_ID}
    files = [
        MailFile(file.name, file.content_type, file.content, file.content_id)
        for file in content.attachments
        if file.content is not None
    ]
    return written_mail(
        message_id=content.headers.get(MESSAGE_ID, f"<{message.id}@{message.job_id}.invalid>"),
        at=message.created_at if message.sent_at is None else message.sent_at,
        sender=envelope.sender,
        to=envelope.to,
        cc=envelope.cc,
        subject=content.subject or "",
        text=content.text,
        html=content.html or "",
        headers=given,
        files=files,
    )
