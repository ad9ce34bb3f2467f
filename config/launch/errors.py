"""The ways a start can end early."""


class LaunchError(Exception):
    """The start cannot go on; the message is the sentence the person at the terminal reads."""


class StopRequested(Exception):  # noqa: N818 -- it is a wish, not an error
    """Somebody asked the run to stop, by Ctrl-C or a signal."""
