"""The committed reference results say what the README says, and were made from clean commits."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

REFERENCE = Path(__file__).parents[2] / "reports" / "reference"


def errors(study: str, readout: str, hardware: str, frozen: bool = False) -> list[float]:
    """Final test errors in per cent, one a chip and seed."""
    found: list[float] = []
    for path in sorted((REFERENCE / study / "runs").glob("*.parquet")):
        for row in pq.read_table(path).to_pylist():  # type: ignore[no-untyped-call]
            assert row["git_commit"], path
            assert not row["git_commit"].endswith("+dirty"), path
            wanted = (f"test_error_{readout}", hardware, frozen)
            if (row["metric"], row["hardware"], '"frozen"' in row["settings"]) == wanted:
                found.append(100 * row["value"])
    return found


@pytest.mark.parametrize(
    ("readout", "target", "tolerance"), [("energy", 2.18, 0.35), ("softmax", 2.08, 0.25)]
)
def test_hintons_recipe_on_ideal_weights(readout: str, target: float, tolerance: float) -> None:
    found = errors("ff_ideal", readout, "ideal")
    assert len(found) == 3
    assert abs(np.mean(found) - target) <= tolerance


@pytest.mark.parametrize("readout", ["softmax", "energy"])
def test_pulses_alone_on_mnist(readout: str) -> None:
    found = errors("ff_in_situ", readout, "gokmen_vlasov")
    assert len(found) == 3
    assert max(found) <= 8.0
    floor = errors("ff_in_situ", readout, "gokmen_vlasov", frozen=True)
    assert max(found) < min(floor)


@pytest.mark.parametrize("hardware", ["gokmen_vlasov", "aihwkit:GokmenVlasovPreset"])
@pytest.mark.parametrize("readout", ["softmax", "energy"])
def test_pulses_alone_on_digits(readout: str, hardware: str) -> None:
    found = errors("ff_aihwkit", readout, hardware)
    assert len(found) == 4
    assert max(found) <= 8.0
    assert np.mean(found) < np.mean(errors("ff_aihwkit", readout, "gokmen_vlasov", frozen=True))
