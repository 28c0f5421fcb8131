"""From the names in the list of figures to their files."""

import json
import re
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure as Drawn

from widthwise.evaluation import results
from widthwise.report.figures import Figure


def read_by_run(paths: Iterable[Path | str], separator: str = ",") -> dict[str, pd.DataFrame]:
    """Tables of single runs by the run's name. paths: each with the name in it; "-" is missing."""
    name = re.compile(r"[^/]+/[^/]+/w[^/]+/seed\d+")
    return {name.search(str(path))[0]: pd.read_csv(path, sep=separator, na_values=["-"]) for path in paths}


def _read_json(path: Path | str) -> Any:
    return json.loads(Path(path).read_text("utf-8"))


def _read_array(path: Path | str) -> np.ndarray:
    return np.load(path, mmap_mode="r")


READERS = {
    "images": _read_array,
    "labels": _read_array,
    "manifest": _read_json,
    "runs": pd.read_csv,
    "summary": pd.read_csv,
    "exports": pd.read_csv,
    "comparison": results.read,
    "metrics": lambda paths: [_read_json(path) for path in paths],
    "histories": read_by_run,
    "benchmarks": lambda paths: read_by_run([path for path in paths if Path(path).exists()], separator="\t"),
}


def draw(figure: Figure, contents: dict[str, Any], report: dict[str, Any], language: str) -> Drawn:
    """Draw one figure.

    contents: by the names of ``READERS``; report: the config's ``report``;
    language: of its labels.
    """
    module, function = figure.function.split(".")
    function = getattr(import_module(f"widthwise.report.figures.{module}"), function)
    return function(
        **{name: contents[name] for name in figure.inputs},
        **{name: report[name] for name in figure.settings},
        **figure.arguments,
        language=language,
    )
