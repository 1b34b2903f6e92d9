"""Mailings, which the paths call campaigns.

https://guides.altcraft.com/en/developer-guide/campaigns
"""

from emulator.altcraft.api.mailings.broadcasts import section as broadcasts
from emulator.altcraft.api.mailings.mailings import section as mailings

sections = (mailings, broadcasts)
