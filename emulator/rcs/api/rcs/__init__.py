"""RCS API.

https://telcowwt.com/documentations/rest-api/rcs-api/
"""

from emulator.rcs.api.rcs.campaigns import section as campaigns
from emulator.rcs.api.rcs.messages import section as messages
from emulator.rcs.api.rcs.sending import section as sending
from emulator.rcs.api.rcs.universal import section as universal

sections = (sending, campaigns, messages, universal)
