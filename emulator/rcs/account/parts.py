"""What the parts of an RCS fixture share."""

from typing import Annotated

from pydantic import Field

LARGEST_ID = 100_000_000

Id = Annotated[int, Field(ge=1, le=LARGEST_ID)]
"""The id of a thing that clients can make, too: their ids are counted on from those of the file.

They stay below 2^31 in every sandbox (docs/decisions/0018-seeds-and-credentials.md).
"""

Uuid = Annotated[str, Field(pattern="^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
