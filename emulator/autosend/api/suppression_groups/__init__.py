"""Suppression Groups: who gets no mail, and of what kind.

https://docs.autosend.com/api-reference/suppression-groups
"""

from emulator.autosend.api.suppression_groups import entries, groups

sections = (groups.section, entries.section)
