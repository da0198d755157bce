"""Test errors in the committed reference results."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq

REFERENCE = Path(__file__).parents[2] / "reports" / "reference"
_COLUMNS = ["block", "learner", "hardware", "settings", "metric", "value", "git_commit"]


@cache
def final_errors(study: str) -> list[dict[str, Any]]:
    """The rows of a study's test errors after training."""
    found: list[dict[str, Any]] = []
    for path in sorted((REFERENCE / study / "runs").glob("*.parquet")):
        table = pq.read_table(path, columns=_COLUMNS)  # type: ignore[no-untyped-call]
        for commit in table["git_commit"].unique().to_pylist():
            assert commit, path
            assert not commit.endswith("+dirty"), path
        found += table.filter(pc.starts_with(table["metric"], "test_error_")).to_pylist()
    return found


def errors(
    study: str,
    readout: str,
    hardware: str,
    frozen: bool = False,
    settings: str = "",
    block: str | None = None,
    learner: str | None = None,
) -> list[float]:
    """Final test errors in per cent, one a chip and seed, of a block's runs whose settings have this in them."""
    wanted = (f"test_error_{readout}", hardware, frozen)
    return [
        100 * row["value"]
        for row in final_errors(study)
        if (row["metric"], row["hardware"], '"frozen"' in row["settings"]) == wanted
        and settings in row["settings"]
        and block in (None, row["block"])
        and learner in (None, row["learner"])
    ]
