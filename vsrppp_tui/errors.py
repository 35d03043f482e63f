"""The one exception that a user is meant to read, and what the system says of its own."""


class UserError(Exception):
    """Something the user can put right: a missing folder, a value out of range, a foreign checkpoint.

    The message is one or two sentences that name the thing and the remedy. The commands print it
    without a traceback (``--debug`` shows one) and exit with code 2.
    """


class TrainingFailed(UserError):
    """A training under way that cannot go on: told like any `UserError`, with exit code 1."""


def reason(error: BaseException) -> str:
    """What went wrong in the system's words, without its number and the path: ``No space left on device``."""
    return getattr(error, "strerror", None) or str(error)
