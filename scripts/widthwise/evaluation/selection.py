"""Which exported file to take: chosen on validation; test pictures choose nothing."""

import pandas as pd


def best_within(files: pd.DataFrame, limit: float) -> pd.Series | None:
    """The file of at most ``limit`` bytes that validates best, at a tie the smallest; None where none is.

    files: rows of exports.csv. Returns the row.
    """
    fitting = files[files.bytes <= limit]
    ranked = fitting.sort_values(["accuracy_validation", "bytes"], ascending=[False, True])
    return None if ranked.empty else ranked.iloc[0]
