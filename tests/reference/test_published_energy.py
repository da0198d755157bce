"""Published chips built again from the library's components, and projections side by side."""

from __future__ import annotations

import math

import pytest

from mortalff.cards import load_card
from mortalff.energy.library import Library, built_in_library
from mortalff.energy.library.bill import Bill
from mortalff.energy.library.projections import gap, joules_per_operation, side_by_side
from mortalff.energy.library.published import (
    isaac_chip,
    isaac_ima,
    isaac_tile,
    neurram_mvm,
    neurram_seconds,
    neurram_tops_per_w,
    puma_mvm,
)
from mortalff.energy.library.reproductions import reproductions
from mortalff.errors import InputError

# Milliwatts in ISAAC's tables, by component.
ISAAC_IMA_MW = {
    "adc.isaac.energy": 16,
    "driver.isaac.energy": 4,
    "hold.isaac.energy": 0.01,
    "array.isaac.energy": 2.4,
    "digital.isaac_shift_add.power": 0.2,
    "memory.isaac_input_register.power": 1.24,
    "memory.isaac_output_register.power": 0.23,
}
ISAAC_SHARED_MW = {
    "memory.isaac_edram.power": 20.7,
    "network.isaac_bus.power": 7,
    "network.isaac_router.power": 10.5,
    "digital.isaac_sigmoid.power": 0.52,
    "digital.isaac_max_pool.power": 0.4,
    "memory.isaac_tile_register.power": 1.68,
}


def by_component(bill: Bill) -> dict[str, float]:
    found: dict[str, float] = {}
    for line, price in bill.rows:
        found[line.component] = found.get(line.component, 0.0) + price.value * 1e3
    return found


def test_isaac_s_unit_line_by_line() -> None:
    found = by_component(isaac_ima())
    assert set(found) == set(ISAAC_IMA_MW)
    for component, milliwatts in ISAAC_IMA_MW.items():
        assert found[component] == pytest.approx(milliwatts, rel=0.01)
    assert isaac_ima().total.value == pytest.approx(24.08e-3, rel=0.01)


def test_isaac_s_tile_line_by_line_and_its_chip() -> None:
    found = by_component(isaac_tile())
    assert sum(found[component] for component in ISAAC_IMA_MW) == pytest.approx(289, rel=0.01)
    for component, milliwatts in ISAAC_SHARED_MW.items():
        assert found[component] == pytest.approx(milliwatts, rel=0.01)
    # Four of a unit's, twelve times, and one of the tile.
    assert found["digital.isaac_shift_add.power"] == pytest.approx(12 * 0.2 + 0.05, rel=0.01)
    assert isaac_tile().total.value == pytest.approx(329.8e-3, rel=0.01)
    assert isaac_chip().total.value == pytest.approx(65.8, rel=0.01)


def test_isaac_follows_its_components() -> None:
    half = built_in_library()["adc.isaac.energy"].model_copy(update={"value": 0.8333e-12})
    cheaper: Library = built_in_library().replaced({"adc.isaac.energy": half})
    saved = isaac_ima().total.value - isaac_ima(cheaper).total.value
    assert saved == pytest.approx(8e-3, rel=1e-3)


def test_puma_s_product() -> None:
    product = puma_mvm().total.value
    assert product == pytest.approx(43.97e-9, rel=0.01)
    assert product / 128**2 == pytest.approx(2.68e-12, rel=0.01)
    assert product / 2304e-9 == pytest.approx(19.09e-3, rel=0.01)


# Output bits, input bits; TOPS/W and TOPS of 48 cores; and femtojoules an operation of word lines, neurons and input
# pulses. From Wan et al., Nature 2022; all but three efficiencies as CiMLoop's tests give them.
NEURRAM = [
    (3, 1, 43.08, 2.122, (8.99, 10.62, 3.45)),
    (4, 2, 40.33, 1.793, (8.27, 12.39, 3.96)),
    (5, 3, 23.09, 1.165, (15.46, 20.12, 7.73)),
    (6, 4, 15.95, 0.7439, (21.76, 29.11, 11.51)),
    (7, 5, 11.03, 0.5254, (30.93, 44.21, 14.02)),
    (8, 6, 8.257, 0.4177, (37.22, 52.48, 19.24)),
    (9, 7, 7.75, 0.3439, (43.69, 61.83, 22.83)),
    (10, 8, 6.437, 0.2639, (50.52, 75.86, 27.51)),
]


@pytest.mark.parametrize(("outputs", "inputs", "tops_per_w", "tops", "parts"), NEURRAM)
def test_neurram_from_its_card(
    outputs: int, inputs: int, tops_per_w: float, tops: float, parts: tuple[float, float, float]
) -> None:
    card = load_card("rram_wan")
    found = neurram_tops_per_w(outputs, inputs, card)
    assert found.value == pytest.approx(tops_per_w, rel=0.1)
    assert found.low < tops_per_w < found.high
    spent = {
        line.component: price.value / 256**2 * 1e15
        for line, price in neurram_mvm(outputs, inputs, card).rows
    }
    pulses = spent["card.cell_read.energy"] + spent["ends of input lines"]
    neurons = sum(spent.values()) - pulses - spent["word lines"]
    assert spent["word lines"] == pytest.approx(parts[0], rel=0.2)
    assert neurons == pytest.approx(parts[1], rel=0.1)
    # The card's price of a read at 4 µS is high for the chip's mean conductance.
    assert parts[2] < pulses < 1.6 * parts[2]
    operations = 48 * 256**2
    assert operations / neurram_seconds(outputs, inputs).value == pytest.approx(
        tops * 1e12, rel=0.15
    )


def test_neurram_follows_its_card() -> None:
    card = load_card("rram_wan")
    dear = card.replace(**{"energy.cell_read": 2 * card.energy["cell_read"].value})
    rows = {line.component: price for line, price in neurram_mvm(6, 4, card).rows}
    apart = neurram_mvm(6, 4, dear).total.value - neurram_mvm(6, 4, card).total.value
    assert apart == pytest.approx(rows["card.cell_read.energy"].value)
    with pytest.raises(InputError, match=r"output bits: got 1; .*give 2 to 12"):
        neurram_mvm(1, 4, card)


def test_all_reproductions_in_one_table() -> None:
    table = {row["figure"]: row for row in reproductions()}
    assert len(table) == 7
    for figure, row in table.items():
        within = 0.2 if figure.startswith("NeuRRAM") else 0.01
        assert abs(row["deviation"]) < within
        assert row["from_components"].low < row["published"] < row["from_components"].high


def test_projections_side_by_side() -> None:
    first, second = side_by_side()
    assert first["published"] == pytest.approx(11.9e-15, rel=1e-3)
    assert second["published"] == pytest.approx(35.6e-15, rel=1e-3)
    # Half drive, two cells a weight, two operations: half of a cell read.
    assert first["cells"].value == pytest.approx(1.667e-15, rel=1e-2)
    assert second["cells"].value == pytest.approx(24e-15, rel=1e-2)
    for row in (first, second):
        parts = (row["cells"], row["lines"], row["converters"])
        assert row["from_components"].value == pytest.approx(sum(part.value for part in parts))
        # Components leave something for the rest of the design, and are not all of nothing.
        assert 0.1 < row["explained"] < 1.0
        assert row["assumed"]


def test_the_gap_between_the_projections_is_the_cells() -> None:
    first, second = side_by_side()
    apart = second["published"] - first["published"]
    cells = second["cells"].value - first["cells"].value
    assert cells / apart == pytest.approx(0.94, abs=0.02)
    text = gap()
    assert "take 23.7 fJ an operation more" in text
    assert "accounts for 22.3 fJ" in text
    assert "288 times the conductance, 25 times less" in text


def test_efficiencies_become_energies() -> None:
    assert joules_per_operation(84) == pytest.approx(11.9e-15, rel=1e-3)
    # A multiply-accumulate is two operations: pJ/MAC = 2/(TOPS/W).
    assert 2 * joules_per_operation(2.0) == pytest.approx(1e-12)
    with pytest.raises(InputError, match="TOPS/W: got 0"):
        joules_per_operation(0.0)
    assert math.isfinite(joules_per_operation(1e6))
