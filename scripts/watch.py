"""Show how far a sweep is: python scripts/watch.py [results/<dataset>] [--once]."""

import contextlib

from widthwise.plumbing.commandline import Parser, run
from widthwise.report import progress


def main() -> None:
    """Show the folder that is named, or the one with the latest news."""
    parser = Parser(prog="watch.py", description="Show how far a sweep is; Ctrl-C ends it.")
    parser.add_argument("folder", nargs="?", help="results/<dataset>; left out: the one with the latest news")
    parser.add_argument("--once", action="store_true", help="print once and end, as when piped")
    arguments = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        progress.show(arguments.folder or progress.latest(), arguments.once)


if __name__ == "__main__":
    run(main, "watch.py")
