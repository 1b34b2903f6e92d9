"""Migrations from other providers.

https://docs.autosend.com/migration/resend, https://docs.autosend.com/migration/sendgrid
"""

from emulator.autosend.api.migrations.resend import section as resend
from emulator.autosend.api.migrations.sendgrid import section as sendgrid

sections = (resend, sendgrid)
