"""Show how far a sweep is: python scripts/watch.py [results/<dataset>] [--once]."""

import argparse
import sys

from widthwise.plumbing.errors import UserError
from widthwise.report import progress


def main(arguments=None):
    """Run the command line; returns the exit code."""
    parser = argparse.ArgumentParser(description="Show how far a sweep is; Ctrl-C ends it.")
    parser.add_argument("folder", nargs="?", help="results/<dataset>; left out: the one with the latest news")
    parser.add_argument("--once", action="store_true", help="print once and end, as when piped")
    options = parser.parse_args(arguments)
    try:
        progress.show(options.folder or progress.latest(), options.once)
    except UserError as error:
        print(f"watch: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
