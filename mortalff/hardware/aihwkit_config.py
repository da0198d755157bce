"""aihwkit's configurations: which are hardware that learns in situ, and a copy for each chip."""

from __future__ import annotations

import copy
import importlib
import math
from collections.abc import Iterator
from typing import cast

from mortalff.errors import InputError, message
from mortalff.hardware.aihwkit_library import aihwkit_version, preset
from mortalff.hardware.aihwkit_types import RPUConfig, Tile


def checked_config(config: object) -> RPUConfig:
    """A copy of an ``rpu_config`` (or of the preset of that name) that can be hardware.

    Raises:
        MissingDependencyError: aihwkit does not work here.
        InputError: it is no ``rpu_config``, or is one for training in software or for digital
            updates.
    """
    if isinstance(config, str):
        config = preset(config)
    aihwkit_version()
    if isinstance(config, type):
        raise InputError(
            message("rpu_config", config, "a class is not a config", f"give {config.__name__}()")
        )
    bases = importlib.import_module("aihwkit.simulator.parameters.base")
    if not isinstance(config, bases.RPUConfigBase):
        rule = "it must be an aihwkit rpu_config or a preset's name"
        raise InputError(message("rpu_config", config, rule, "give 'GokmenVlasovPreset', say"))
    name = type(config).__name__
    tiles = importlib.import_module("aihwkit.simulator.tiles")
    compounds = importlib.import_module("aihwkit.simulator.configs.compounds")
    pulsed = "give a SingleRPUConfig or a UnitCellRPUConfig, whose weights are moved by pulses"
    if not issubclass(config.tile_class, tiles.AnalogTile):
        rule = f"its {config.tile_class.__name__} is trained in software and takes no pulses"
        raise InputError(message("rpu_config", name, rule, pulsed))
    if isinstance(config.device, compounds.DigitalRankUpdateCell):
        rule = "it sums its updates in digital memory, which aihwkit can neither count nor restore"
        raise InputError(message("rpu_config", name, rule, pulsed))
    for where, active, right in (
        ("pre_post.input_range.enable", config.pre_post.input_range.enable, "noise_management"),
        ("mapping.learn_out_scaling", config.mapping.learn_out_scaling, "weight_scaling_omega"),
    ):
        if active:
            rule = (
                "this scale is learned by backpropagation through the tile, which is unknown here"
            )
            raise InputError(message(f"rpu_config.{where}", active, rule, f"use {right} instead"))
    data_type = config.runtime.data_type
    if data_type.value != "float":
        rule = "tensors here are float32"
        raise InputError(
            message("rpu_config.runtime.data_type", data_type.value, rule, "use RPUDataType.FLOAT")
        )
    return cast(RPUConfig, copy.deepcopy(config))


def make_tile(config: RPUConfig, n_out: int, n_in: int, construction_seed: int) -> Tile:
    """One tile of a config of its own, its device parameters drawn from a seed of 1 to 2³¹ − 2.

    Raises:
        InputError: aihwkit rejects the config.
    """
    own = copy.deepcopy(config)
    if hasattr(own.device, "construction_seed"):
        own.device.construction_seed = construction_seed
    tiles = importlib.import_module("aihwkit.simulator.tiles")
    try:
        tile = tiles.AnalogTile(n_out, n_in, own, bias=False)
    except Exception as error:  # aihwkit raises many kinds, RuntimeError from C++ among them
        name = type(config).__name__
        raise InputError(
            f"rpu_config {name}: aihwkit cannot build a tile of it: {error}"
        ) from error
    return cast(Tile, tile.eval())


def single_devices(device: object) -> Iterator[object]:
    """The devices of a unit cell, or the device itself."""
    parts = getattr(device, "unit_cell_devices", None)
    if parts is None:
        yield device
        return
    for part in parts:
        yield from single_devices(part)


def default_spread(device: object, n_in: int) -> float:
    """Spread of initial weights: 0.3 of the nearer bound, or 1/√n_in where the device has none."""
    bounds = [
        abs(float(getattr(part, name)))
        for part in single_devices(device)
        for name in ("w_min", "w_max")
        if getattr(part, name, 0.0) != 0.0
    ]
    return 0.3 * min(bounds) if bounds else 1.0 / math.sqrt(n_in)


def drifts(device: object) -> bool:
    """Whether any device of a cell drifts."""
    parts = single_devices(device)
    return any(getattr(getattr(part, "drift", None), "nu", 0.0) > 0.0 for part in parts)
