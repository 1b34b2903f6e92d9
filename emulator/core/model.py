"""The base of what requests and answers hold."""

from pydantic import BaseModel, ConfigDict


class Model(BaseModel):
    """A part of a request or an answer. Its validator is built when it is first needed."""

    model_config = ConfigDict(defer_build=False)
