"""The limits of the fields of AutoSend's entities, in requests and in fixture files.

Most of them stand in https://docs.autosend.com/api-reference. Inferred are the lengths of tags, of variables,
of texts of contacts, of descriptions where they are 1000, and the numbers of tags and variables.
"""

from typing import Annotated

from pydantic import Field, StringConstraints

from emulator.autosend.values import FILLED, ONE_LINE, Filled, Whole

MOST_DRAFTS = 50
MOST_EVENTS = 100
MOST_EVENT_PROPERTIES = 50
MOST_PROJECTS = 20
"""The number of projects in the largest plan."""
MOST_WEBHOOKS = 100
LONGEST_URL = 2000
LONGEST_LIST_NAME = 200
LONGEST_AUTOMATION_NAME = 255
LONGEST_PROJECT_NAME = 100

Name = Annotated[Filled, StringConstraints(max_length=200)]
"""The name of a campaign or of a suppression group."""
Description = Annotated[str, StringConstraints(max_length=1000)]
"""The description of a suppression group, property, event or automation."""

ContactText = Annotated[str, StringConstraints(max_length=500)]
"""A name of a contact, or its id in the client's system."""
Mobile = Annotated[str, StringConstraints(pattern=r"^(\+[1-9][0-9]{6,14})?$")]
"""A phone number in E.164, or an empty text."""
ListDescription = Annotated[str, StringConstraints(max_length=500)]
PropertyName = Annotated[
    str, StringConstraints(max_length=200, pattern=r"^[^\x22\\\x00-\x20][^\x22\\\x00-\x1f]*$"), FILLED
]
"""The name of a property. Inferred: it does not begin with a space, and has no quote, backslash or control
character.
"""
PropertyDefault = Annotated[str, StringConstraints(max_length=5000)]
SenderName = Annotated[str, StringConstraints(max_length=200), ONE_LINE]

TemplateName = Annotated[Filled, StringConstraints(max_length=90)]
TemplateSubject = Annotated[str, StringConstraints(min_length=1, max_length=988), ONE_LINE, FILLED]
TemplateNote = Annotated[str, StringConstraints(max_length=140)]
"""The description or the preview text of a template."""
Word = Annotated[str, StringConstraints(max_length=200)]
Variables = Annotated[dict[Word, Word], Field(max_length=1000)]
"""The types of a template's variables by name."""

CampaignPreview = Annotated[str, StringConstraints(max_length=200)]
DailyBatch = Annotated[Whole, Field(ge=1, le=1_000_000_000)]
EventPropertyName = Annotated[str, StringConstraints(max_length=64, pattern=r"^[A-Za-z0-9_]+$"), FILLED]
Tag = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
Tags = Annotated[list[Tag], Field(max_length=100)]
"""The tags of an automation."""
