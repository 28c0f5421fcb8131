"""Command lines that say a mistake in one line."""

import argparse
import sys

from widthwise.plumbing.errors import UserError


class Parser(argparse.ArgumentParser):
    """An argument parser whose errors are one line, without the usage."""

    def error(self, message):
        """Print the message and exit with 2."""
        self.exit(2, f"{self.prog}: {message}\n")


def run(main, program):
    """Call ``main()``; a UserError or a closed pipe ends the program with one line or none."""
    try:
        main()
    except UserError as error:
        print(f"{program}: {error}", file=sys.stderr)
        sys.exit(1)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
