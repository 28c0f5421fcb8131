"""The one error that is meant for the user's eyes."""


class UserError(Exception):
    """A mistake the user can mend: bad config, bad file, bad argument.

    Its text is one line that names the file, the row or field, what was found and what was
    expected. Command lines and jobs print it without a traceback and exit non-zero.
    """
