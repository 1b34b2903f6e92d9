"""Inbound Emails.

https://docs.autosend.com/api-reference/inbound-emails
"""

from emulator.autosend.api.inbound import reading, replying, source
from emulator.core.section import Section

sections: tuple[Section, ...] = (reading.section, replying.section, source.section)
