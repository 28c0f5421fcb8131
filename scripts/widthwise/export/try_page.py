"""The page that runs an exported network in a browser: on a picture, a drawing or the camera, offline.

It holds the network as folding leaves it, a list of layers, with the weights of the float16 file.
"""

import base64
import dataclasses
import functools
import json
import math
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup

from widthwise.evaluation.metrics import SPLITS
from widthwise.evaluation.selection import best_within
from widthwise.export import folding
from widthwise.export.limits import limits
from widthwise.export.litert import of_faces
from widthwise.networks import architectures, layers
from widthwise.plumbing.errors import UserError
from widthwise.report import catalogues, html, units

HERE = Path(__file__).parent
SCRIPTS = ("network.js", "reading.js", "try.js")
LARGEST = 2_000_000  # bytes of a float16 file: a page of it is smaller than 3 MB
DARK = 64  # of 255: where the pictures' edges are darker, one draws in white on black
SPOKEN = ("unreadable", "too large", "no camera")


def write(
    exports: str | Path,
    runs: str | Path,
    images: str | Path,
    manifest: str | Path,
    pages: Sequence[str | Path],
    languages: Sequence[str] = ("en",),
    size_limits: Sequence[int] = (),
) -> None:
    """Write the page in each language.

    exports: path of exports.csv; runs: folder of the runs, with their model.keras; images, manifest: paths of
    the prepared data; pages: the path of each language's page; size_limits: as in the configuration's
    ``report``. Where no network was exported, or only ones that are too large, the pages say so.
    """
    manifest = json.loads(Path(manifest).read_text("utf-8"))
    pictures = np.load(images, mmap_mode="r")
    files = pd.read_csv(exports)
    chosen, limit = choose(files, size_limits)
    network, own = None, []
    if chosen is not None:
        network = network_data(_folded(chosen, Path(runs), manifest)) | {
            "shape": manifest["image_shape"],
            "dark": _dark_ground(pictures, manifest),
        }
        own = files[files.run == chosen.run].to_dict("records")
    for number, (language, path) in enumerate(zip(languages, pages, strict=True)):
        report = f"report.{language}.html" if number else "report.html"
        Path(path).write_text(_page(language, report, network, own, chosen, limit, manifest), "utf-8")


def choose(files: pd.DataFrame, size_limits: Sequence[int] = ()) -> tuple[pd.Series | None, int | None]:
    """(the row of exports.csv whose network the page runs, the size limit in bytes that it was chosen for).

    Of the networks that fit into the page, the one that validates best within the smallest limit that a file
    meets, or of all; None where there is none.
    """
    fitting = files[files.run.isin(files[(files.format == "float16") & (files.bytes <= LARGEST)].run)]
    for limit in (*sorted(size_limits), math.inf):
        file = best_within(fitting, limit)
        if file is not None:
            return file, int(limit) if limit < math.inf else None
    return None, None


def _folded(chosen, runs, manifest):
    import keras

    shape = tuple(manifest["image_shape"])
    model = keras.models.load_model(runs / chosen.run / "model.keras", compile=False)
    network = architectures.network(chosen.family, chosen.width, len(manifest["classes"]), image_shape=shape)
    return folding.fold(network, model)


def _dark_ground(pictures, manifest):
    """Whether the training pictures have a dark ground, by their edges (bool)."""
    start, stop = (manifest["splits"]["training"][end] for end in ("start", "stop"))
    some = pictures[start : min(stop, start + 1000)]
    edges = [some[:, 0], some[:, -1], some[:, :, 0], some[:, :, -1]]
    return bool(np.median(np.concatenate(edges, axis=1)) < DARK)


def _page(language, report, network, own, chosen, limit, manifest):
    say = functools.partial(catalogues.fill, language, "try")
    script = "\n".join(['"use strict";', *((HERE / name).read_text("utf-8") for name in SCRIPTS)])
    if network:
        _require_layers(network["layers"], script)
        spoken = {key: say(key, name="{name}", reason="{reason}") for key in SPOKEN}
        network = network | {"say": spoken}
    height, width, channels = manifest["image_shape"]
    columns, rows = _table(say, own, network)
    return html.template(HERE / "try.html.j2").render(
        say=say,
        language=language,
        manifest=manifest,
        network=network,
        family=own and f"{units.family(own[0]['family'], language)} w{own[0]['width']:g}",
        params=own and units.number("params", own[0]["params"]),
        size=network and units.number("bytes", _size(network)),
        caption=own and say("caption", run=own[0]["run"]),
        faces=of_faces(manifest["classes"]),
        height=height,
        width=width,
        seen=say("seen", width=width, height=height, grey=channels == 1),
        limits=limits(functools.partial(catalogues.fill, language, "card"), manifest),
        limit=f"{limit:,}" if limit else None,
        format=None if chosen is None else chosen["format"],
        headings=[say("size"), *(units.axis_label(column, language) for column in columns[1:])],
        rows=rows,
        report=report,
        style=Markup(html.STYLE.read_text("utf-8") + (HERE / "try.css").read_text("utf-8")),
        script=Markup(script),
        security_policy=html.security_policy(script),
    )


def _size(network):
    """The bytes of a network's weights."""
    return len(base64.b64decode(network["weights"]))


def _table(say, own, network):
    """(columns of exports.csv to show, rows of (name, cells)); the cell of the live latency is None."""
    measured = [split for split in SPLITS if own and not units.is_missing(own[0].get(f"accuracy_{split}"))]
    accuracies = [f"accuracy_{split}" for split in units.shown_splits(measured)]
    columns = ["bytes", "latency_ms", *accuracies]
    rows = [
        (say("file", format=row["format"]), [units.number(column, row[column]) for column in columns])
        for row in own
    ]
    for row in own:
        if row["format"] == "float16":
            here = [units.number(column, row[column]) for column in accuracies]
            rows.insert(0, (say("here"), [units.number("bytes", _size(network)), None, *here]))
    return columns, rows


def _require_layers(network, script):
    """Raise UserError where network.js has no function for a layer."""
    known = set(re.findall(r"^  (\w+)[(:]", script, re.MULTILINE))
    for layer in network:
        if layer["layer"] not in known:
            raise UserError(
                f"scripts/widthwise/export/network.js: has no {layer['layer']}; expected what it computes"
            )
        for branch in (*layer.get("branches", ()), layer.get("layers", ())):
            _require_layers(branch, script)


def network_data(folded: folding.Folded) -> dict[str, Any]:
    """A folded network as network.js takes it: {"layers": [...], "weights": base64 of float16}.

    A layer has its record's name and fields, a convolution the numbers in its kernel and its bias, too.
    """
    weights = b"".join(part.astype("<f2").tobytes() for pair in folded.weights for part in pair)
    sizes = iter([[part.size for part in pair] for pair in folded.weights])
    return {
        "layers": _described(folded.network, sizes),
        "weights": base64.b64encode(weights).decode(),
    }


def _described(network: layers.Network, sizes: Iterator[list[int]]) -> list[dict[str, Any]]:
    return [_layer(record, sizes) for record in network]


def _layer(record: layers.Layer, sizes: Iterator[list[int]]) -> dict[str, Any]:
    fields = {field.name: getattr(record, field.name) for field in dataclasses.fields(record)}
    match record:
        case layers.Residual() | layers.Scale():
            fields["layers"] = _described(record.layers, sizes)
        case layers.Concat():
            fields["branches"] = [_described(branch, sizes) for branch in record.branches]
        case layers.Conv() | layers.DepthwiseConv():
            fields["sizes"] = next(sizes)
    return {"layer": type(record).__name__, **fields}
