"""Copy what a study found to where the repository keeps it: pages, tables, figures, trained networks.

python scripts/publish.py results/<dataset> docs/<dataset> [--tables]
"""

from pathlib import Path

from widthwise.export import publishing
from widthwise.plumbing.commandline import Parser, run


def main() -> None:
    """Publish a study in place of an older one, whose README.md and trained networks stay."""
    parser = Parser(prog="publish.py", description="Copy what a study found into the repository.")
    parser.add_argument("results", type=Path, help="results/<dataset>, of a finished study")
    parser.add_argument("destination", type=Path, help="docs/<dataset>")
    parser.add_argument("--tables", action="store_true", help="the tables alone")
    arguments = parser.parse_args()
    destination = arguments.destination
    files, networks, size = publishing.publish(arguments.results, destination, arguments.tables)
    print(f"{destination}: {files} files and {networks} trained networks, {size / 1e6:.1f} MB in all")


if __name__ == "__main__":
    run(main, "publish.py")
