"""Command lines that say a mistake in one line."""

import argparse
import re
import signal
import sys
from collections.abc import Callable
from typing import NoReturn

from widthwise.plumbing.errors import UserError

FORMULA = re.compile(r"=|[+\-@\t\r](?![\d.,]*\Z)")  # what a spreadsheet would compute; a number is none


class Parser(argparse.ArgumentParser):
    """An argument parser whose errors are one line, without the usage."""

    def error(self, message: str) -> NoReturn:
        """Print the message and exit with 2."""
        self.exit(2, f"{self.prog}: {message}\n")


def run(main: Callable[[], None], program: str) -> None:
    """Call ``main()``; a UserError, a signal to stop or a closed pipe ends it with one line or none."""
    # As stderr: a name may have letters that it has not.
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    signal.signal(signal.SIGTERM, _stop)
    try:
        main()
    except UserError as error:
        print(f"{program}: {printable(str(error))}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)


def _stop(number: int, _: object) -> NoReturn:
    """End the program as after a signal, once: what is half-written is being removed."""
    signal.signal(number, signal.SIG_IGN)
    sys.exit(128 + number)


def printable(text: str) -> str:
    """A text from outside without what would command a terminal: such characters are written as escapes."""
    return "".join(
        each if each.isprintable() else each.encode("unicode_escape", "surrogatepass").decode()
        for each in text
    )
