"""Describe a network without training it: layers, parameters, multiply-adds, bytes.

python scripts/describe.py mobilenet --width 1
python scripts/describe.py plain --budget 75000 --classes 7 --json
"""

import json
from dataclasses import asdict

from widthwise.networks import architectures, counts
from widthwise.plumbing.commandline import Parser, run
from widthwise.plumbing.errors import UserError
from widthwise.study.runs import CHANNELS


def main():
    """Print the layer table and the totals, or both as JSON."""
    parser = Parser(prog="describe.py", description="Describe a network without training it.")
    parser.add_argument("family", help=f"one of {', '.join(architectures.names())}")
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--width", type=float, default=1.0, help="width multiplier (default 1)")
    size.add_argument("--budget", type=int, help="parameters; the closest width is solved for")
    parser.add_argument("--classes", type=int, default=7, help="number of labels (default 7)")
    parser.add_argument("--image-size", type=int, default=48, help="side in pixels (default 48)")
    parser.add_argument("--color", choices=CHANNELS, default="grey", help="channels (default grey)")
    parser.add_argument("--json", action="store_true", help="print JSON")
    arguments = parser.parse_args()
    shape = (arguments.image_size, arguments.image_size, CHANNELS[arguments.color])
    for name, value, least in (
        ("--classes", arguments.classes, 2),
        ("--image-size", arguments.image_size, 16),
        ("--budget", arguments.budget, 1),
    ):
        if value is not None and value < least:
            raise UserError(f"{name}: found {value}, expected at least {least}")
    if not 0 < arguments.width <= 64:
        raise UserError(f"--width: found {arguments.width:g}, expected a number above 0, at most 64")

    width = arguments.width
    if arguments.budget:
        width = counts.width_for_budget(arguments.family, arguments.budget, arguments.classes, shape)
    network = architectures.network(arguments.family, width, arguments.classes)
    table, totals = counts.layer_table(network, shape), counts.totals(network, shape)
    if arguments.json:
        layers = [{**asdict(row), "params": row.params} for row in table]
        print(json.dumps({"family": arguments.family, "width": width, **totals, "layers": layers}, indent=1))
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
        f"bytes          {totals['bytes']:,} as float32"
    )


def format_shape(shape):
    """48x48x32 (str)."""
    return "x".join(map(str, shape))


if __name__ == "__main__":
    run(main, "describe.py")
