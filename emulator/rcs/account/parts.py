"""What the parts of an RCS fixture share."""

from typing import Annotated

from pydantic import Field

LARGEST_ID = 100_000_000

Id = Annotated[int, Field(ge=1, le=LARGEST_ID)]
"""The id of something of which clients can make more: theirs are counted on from the file's.

They stay below 2^31 in every sandbox (docs/decisions/0018-seeds-and-credentials.md).
"""
