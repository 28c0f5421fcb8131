"""Describe a network, or a data set, without training: layers, parameters; classes, splits.

python scripts/describe.py mobilenet --width 1
python scripts/describe.py plain --budget 75000 --classes 7 --json
python scripts/describe.py --data PATH --image-size 32
"""

import json
from dataclasses import asdict

from widthwise.networks import architectures, budgets, check, counts
from widthwise.plumbing.commandline import Parser, run
from widthwise.plumbing.errors import UserError
from widthwise.study.config import load_schema
from widthwise.study.runs import CHANNELS


def main():
    """Print the layer table and the totals, or both as JSON."""
    parser = Parser(prog="describe.py", description="Describe a network or a data set without training.")
    parser.add_argument("family", nargs="?", help=f"one of {', '.join(architectures.names())}")
    parser.add_argument("--data", metavar="PATH", help="say how a data set would be understood")
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--width", type=float, default=1.0, help="width multiplier (default 1)")
    size.add_argument("--budget", type=int, help="parameters; the closest width is solved for")
    parser.add_argument("--classes", type=int, default=7, help="number of labels (default 7)")
    parser.add_argument("--image-size", type=int, default=48, help="side in pixels (default 48)")
    parser.add_argument("--color", choices=CHANNELS, default="grey", help="channels (default grey)")
    parser.add_argument("--json", action="store_true", help="print JSON")
    arguments = parser.parse_args()
    shape = (arguments.image_size, arguments.image_size, CHANNELS[arguments.color])
    if (arguments.data is None) == (arguments.family is None):
        parser.error("expected either a family or --data")
    if arguments.data:
        from widthwise.data import preparation  # with NumPy and Pillow, which a network does without

        print(preparation.describe(arguments.data, arguments.image_size, arguments.color))
        return
    parts = load_schema()["$defs"]
    for name, value, part in (
        ("--classes", arguments.classes, parts["dataset"]["properties"]["classes"]),
        ("--image-size", arguments.image_size, parts["dataset"]["properties"]["image_size"]),
        ("--budget", arguments.budget, parts["sweep"]["properties"]["budgets"]["items"]),
    ):
        if value is not None and not part["minimum"] <= value <= part["maximum"]:
            expected = f"{part['minimum']} to {part['maximum']:,}"
            raise UserError(f"{name}: found {value}, expected {expected}")
    if not 0 < arguments.width <= budgets.WIDEST:
        found = f"{arguments.width:g}, expected a number above 0, at most {budgets.WIDEST}"
        raise UserError(f"--width: found {found}")

    width = arguments.width
    if arguments.budget:
        width = budgets.width_for_budget(arguments.family, arguments.budget, arguments.classes, shape)
    network = check.network(arguments.family, width, arguments.classes, shape)
    table, totals = counts.layer_table(network, shape), counts.totals(network, shape)
    parameter_bytes = counts.BYTES_PER_PARAMETER * totals["params"]
    if arguments.json:
        layers = [{**asdict(row), "params": row.params} for row in table]
        sizes = {**totals, "parameter_bytes": parameter_bytes}
        print(json.dumps({"family": arguments.family, "width": width, **sizes, "layers": layers}, indent=1))
        return
    print(f"{arguments.family}, width {width:g}, {arguments.classes} classes, input {format_shape(shape)}\n")
    rows = [("layer", "output", "parameters", "multiply-adds")]
    rows += [(row.layer, format_shape(row.output), f"{row.params:,}", f"{row.macs:,}") for row in table]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for layer, output, params, macs in rows:
        print(f"{layer:<{widths[0]}}  {output:<{widths[1]}}  {params:>{widths[2]}}  {macs:>{widths[3]}}")
    print(
        f"\nparameters     {totals['params']:,} ({totals['trainable_params']:,} trainable, "
        f"{totals['non_trainable_params']:,} non-trainable)\n"
        f"multiply-adds  {totals['macs']:,}\n"
        f"bytes          {parameter_bytes:,}, the parameters as float32"
    )


def format_shape(shape: tuple[int, ...]) -> str:
    """48x48x32."""
    return "x".join(map(str, shape))


if __name__ == "__main__":
    run(main, "describe.py")
