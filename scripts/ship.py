"""Put a finished study's network to ship into models/, where predict.py finds it.

python scripts/ship.py results/<dataset> [--limit BYTES] [--models FOLDER]
"""

from pathlib import Path

from widthwise.plumbing.commandline import Parser, run

MODELS = Path(__file__).parents[1] / "models"


def main() -> None:
    """Copy the files of the network that validates best within the limit, in place of older ones."""
    parser = Parser(prog="ship.py", description="Put a study's network to ship into the repository.")
    parser.add_argument("results", type=Path, help="results/<dataset>, of a finished study")
    parser.add_argument("--limit", type=int, default=100_000, help="bytes of the int8 file at most (100000)")
    parser.add_argument("--models", type=Path, default=MODELS, help="folder to write (models)")
    arguments = parser.parse_args()

    from widthwise.export import shipping  # with pandas: not needed to say a mistake

    names = shipping.ship(arguments.results, arguments.limit, arguments.models)
    print(f"{arguments.models}: {', '.join(names)}")


if __name__ == "__main__":
    run(main, "ship.py")
