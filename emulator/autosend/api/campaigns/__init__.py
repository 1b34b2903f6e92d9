"""Campaigns.

https://docs.autosend.com/api-reference/campaigns
"""

from emulator.autosend.api.campaigns.actions import section as actions
from emulator.autosend.api.campaigns.editing import section as editing
from emulator.autosend.api.campaigns.reading import section as reading

sections = (reading, editing, actions)
