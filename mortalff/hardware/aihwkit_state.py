"""All that an aihwkit tile remembers, as tensors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from mortalff.hardware.aihwkit_types import Tile

_PERSISTENT = "persistent_weights"
_HIDDEN = "hidden_weights"


def can_be_saved(tile: Tile) -> bool:
    """Whether aihwkit can bring such a tile back.

    It cannot where a unit cell's devices have write noise: given their weights, it draws the noise
    anew and takes the sum for the weight beneath. Nor can it where devices with write noise have a
    reference: it clips the weights it is given to bounds that their pulses keep to with the
    reference added.
    """
    names = tile.tile.get_hidden_parameter_names()
    if _PERSISTENT in names and "reference" in names:
        return not bool(tile.tile.get_hidden_parameters()[names.index("reference")].any())
    return not any(name.startswith(_PERSISTENT + "_") for name in names)


def save_tiles(tiles: Sequence[Tile]) -> dict[str, Tensor]:
    """The state of each tile; copies.

    Returns:
        ``weights`` (chips, n_out, n_in) as a read sees them, ``hidden`` (chips, parameters, n_out,
        n_in) with the device parameters and the weights beneath the write noise, ``scales`` where
        the config scales weights in digital, and ``extra.<position>.<name>`` for each other number
        that aihwkit keeps.
    """
    state = {
        "weights": torch.stack([tile.tile.get_weights() for tile in tiles]),
        "hidden": torch.stack([tile.tile.get_hidden_parameters().clone() for tile in tiles]),
    }
    scales = [tile.get_mapping_scales() for tile in tiles]
    kept = [scale.detach().clone() for scale in scales if scale is not None]
    if kept:
        state["scales"] = torch.stack(kept)
    for position, tile in enumerate(tiles):
        for name, values in sorted(tile.tile.dump_extra().items()):
            state[f"extra.{position}.{name}"] = torch.tensor(values, dtype=torch.float64)
    return state


def load_tiles(tiles: Sequence[Tile], state: Mapping[str, Tensor]) -> None:
    """Bring tiles back to a state of :func:`save_tiles`, with the same names."""
    for position, tile in enumerate(tiles):
        prefix = f"extra.{position}."
        extra = {
            name.removeprefix(prefix): [float(v) for v in values.tolist()]
            for name, values in state.items()
            if name.startswith(prefix)
        }
        if "scales" in state:
            tile.set_mapping_scales(state["scales"][position].clone())
        _load(tile, state["weights"][position], state["hidden"][position], extra)


def weight_granularity(tile: Tile) -> float | None:
    """The step by which aihwkit plans its trains; None for an ideal device."""
    values = tile.tile.dump_extra().get("rpu.rpu_device.weight_granularity")
    return values[0] if values else None


def _load(tile: Tile, visible: Tensor, hidden: Tensor, extra: dict[str, list[float]]) -> None:
    # Setting hidden parameters or weights makes aihwkit take the visible weight for the one beneath
    # the write noise, and draw new noise. So that one goes in first, and the visible weight is then
    # put in the memory it shares with torch.
    raw, names = tile.tile, tile.tile.get_hidden_parameter_names()
    cell = any(name.startswith(_HIDDEN) for name in names)
    fixed = [row for row, name in enumerate(names) if name != _PERSISTENT]
    now = raw.get_hidden_parameters()
    # Not without need: aihwkit re-estimates dw_min when it is given device parameters.
    if cell or not torch.equal(now[fixed], hidden[fixed]):
        raw.set_hidden_parameters(hidden.clone())
    if not cell:
        beneath = hidden[names.index(_PERSISTENT)] if _PERSISTENT in names else visible
        raw.set_weights(beneath.clone())
    raw.load_extra(extra, True)
    shared: Tensor = getattr(tile, "_shared_weight_tensor")  # noqa: B009 - not in aihwkit's interface
    shared.copy_(visible)
