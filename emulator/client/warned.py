"""What tests are warned of, which pytest shows below its results."""


class OutstandingWarning(UserWarning):
    """A change of the clock has returned before the webhooks that are due by then were delivered."""


class UnreadWarning(UserWarning):
    """A request was answered although it has fields that nobody read, as misspelt ones are."""
