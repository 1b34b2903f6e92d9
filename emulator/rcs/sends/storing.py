"""The end of every send: storing the draft, and the response."""

from emulator.rcs import drafts
from emulator.rcs.dialect import Call
from emulator.rcs.models import Data
from emulator.rcs.recipients import add_to_contact_book
from emulator.rcs.sending import launch
from emulator.rcs.sends.answers import CampaignAnswer, MessageInfo, campaign_answer, message_info


def stored_campaign(call: Call, draft: drafts.Draft, *, adds_contacts: bool) -> Data[CampaignAnswer]:
    """Store a campaign, start it, and return it."""
    campaign, price = drafts.store_campaign(call.turn, call.account, draft)
    launch(call.turn, campaign)
    if adds_contacts:
        add_to_contact_book(call.turn, [recipient.phone for recipient in draft.recipients])
    return Data(data=campaign_answer(call, campaign, estimate=price))


def sent_message(call: Call, draft: drafts.Draft, *, adds_contact: bool) -> Data[MessageInfo]:
    """Send a single message, and return it."""
    message_id, message = drafts.send_message(call.turn, call.account, draft)
    if adds_contact:
        add_to_contact_book(call.turn, [message.recipient])
    return Data(data=message_info(call, draft, message_id, message))
