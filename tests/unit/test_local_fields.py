"""Local receptive fields: where they lie, in what order, and what is said where they do not fit."""

from __future__ import annotations

import pytest
import torch
from pydantic import ValidationError

from mortalff.cards import load_card
from mortalff.errors import InputError
from mortalff.networks.arrays import CardArrays
from mortalff.networks.local import LocalFields, local_layer
from mortalff.networks.stage_choice import UnknownStageChoice


def test_hintons_geometry() -> None:
    """4×4×128, 3×3×220, 2×2×512 (Hinton 2022, section 3.2)."""
    first = LocalFields(channels=128, field=10, stride=6)
    second = LocalFields(channels=220, field=2, stride=1)
    third = LocalFields(channels=512, field=2, stride=1)
    shape = (28, 28, 1)
    fans = []
    for spec, right in ((first, (4, 4, 128)), (second, (3, 3, 220)), (third, (2, 2, 512))):
        fans.append({len(lines) for lines in spec.lines(shape)})
        shape = spec.shape(shape)
        assert shape == right
    assert fans == [{100}, {4 * 128}, {4 * 220}]


def test_fields_are_squares_of_pixels() -> None:
    pixels = torch.arange(28 * 28).reshape(28, 28)
    fields = LocalFields(channels=1, field=10, stride=6).lines((28, 28, 1))
    assert len(fields) == 16
    for number, field in enumerate(fields):
        top, left = 6 * (number // 4), 6 * (number % 4)
        assert torch.equal(field, pixels[top : top + 10, left : left + 10].flatten())
    assert torch.cat(fields).unique().numel() == 28 * 28  # no pixel is left out


def test_channels_are_stored_last() -> None:
    fields = LocalFields(channels=1, field=2).lines((3, 4, 5))
    assert len(fields) == 2 * 3
    # Place (1, 2) sees rows 1 and 2, columns 2 and 3, all five channels.
    values = [(row * 4 + column) * 5 + c for row in (1, 2) for column in (2, 3) for c in range(5)]
    assert fields[1 * 3 + 2].tolist() == values


def test_truncated_edges_as_for_cifar() -> None:
    """32×32 places of three units with 11×11 fields: 3072 units, 363 inputs but at the edges (section 4)."""
    spec = LocalFields(channels=3, field=11, edges="truncated")
    assert spec.shape((32, 32, 3)) == (32, 32, 3)
    sizes = torch.tensor([len(lines) for lines in spec.lines((32, 32, 3))]).reshape(32, 32)
    assert int(sizes.max()) == 363
    assert int(sizes[0, 0]) == int(sizes[-1, -1]) == 6 * 6 * 3
    assert int(sizes[0, 16]) == 6 * 11 * 3
    assert bool((sizes[5:27, 5:27] == 363).all())


@pytest.mark.parametrize(
    ("field", "stride", "match"),
    [
        (9, 1, r"field: got 9.*a height of 6; give at most 6"),
        (7, 1, r"field: got 7.*a height of 6"),
        (3, 2, r"stride: got 2.*on a height of 6.*one of \[1, 3\]"),
        (4, 2, r"stride: got 2.*on a width of 9.*one of \[1, 5\]"),
    ],
)
def test_fields_that_do_not_fit(field: int, stride: int, match: str) -> None:
    with pytest.raises(InputError, match=match):
        LocalFields(channels=2, field=field, stride=stride).shape((6, 9, 1))


@pytest.mark.parametrize("wrong", [{"channels": 0}, {"field": 0}, {"stride": 0}, {"step": 2}])
def test_settings_that_make_no_sense(wrong: dict[str, int]) -> None:
    with pytest.raises(ValidationError):
        LocalFields.model_validate({"channels": 2, "field": 3, "stride": 1, **wrong})


def test_a_unit_sees_its_field_and_nothing_else() -> None:
    arrays = CardArrays(load_card("ideal"), chips=2, seed=3)
    layer, shape = local_layer(arrays, LocalFields(channels=2, field=3, stride=2), (5, 7, 2), "a")
    assert shape == (2, 3, 2)
    assert (layer.n_in, layer.n_out) == (5 * 7 * 2, 2 * 3 * 2)
    base = layer.preactivity(torch.zeros(1, 70))
    moved = layer.preactivity(torch.eye(70)) - base
    seen = moved.abs().amax(0).reshape(5, 7, 2, 2, 3, 2).amax((2, 5)) > 1e-6
    for row in range(2):
        for column in range(3):
            field = torch.zeros(5, 7, dtype=torch.bool)
            field[2 * row : 2 * row + 3, 2 * column : 2 * column + 3] = True
            assert torch.equal(seen[:, :, row, column], field)


def test_places_have_weights_and_chips_of_their_own() -> None:
    def weights(chips: list[int]) -> torch.Tensor:
        arrays = CardArrays(load_card("ideal"), chips=chips, seed=3)
        layer, _ = local_layer(arrays, LocalFields(channels=2, field=2, stride=2), (4, 4, 1), "a")
        return layer.hardware.probe().read_weights()

    several, alone = weights([0, 1, 2]), weights([1])
    assert torch.equal(several[1:2], alone)
    used = several[several != 0.0]
    assert used.numel() == 3 * 4 * 2 * 5
    assert used.unique().numel() == used.numel()


def test_outputs_start_with_unit_variance_and_pass_the_stage() -> None:
    spec = LocalFields(channels=20, field=8, stride=4)
    x = torch.randn(50, 256, generator=torch.Generator().manual_seed(0))
    for card in ("ideal", "gokmen_vlasov"):
        layer, _ = local_layer(CardArrays(load_card(card), seed=3), spec, (16, 16, 1), "a")
        assert float(layer.preactivity(x).std()) == pytest.approx(1.0, abs=0.15)
    staged = CardArrays(load_card("ideal"), stage=UnknownStageChoice(strength=1.0))
    layer, _ = local_layer(staged, spec, (16, 16, 1), "a")
    assert layer.stage is not None
    assert layer.stage.n_in == 9 * 20
