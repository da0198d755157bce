"""Getting at aihwkit: is it there, do its tiles run, and which preset has a name.

An import that succeeds proves nothing: a wheel built for another torch imports, and fails at the
first read. So a small tile is read and pulsed before anything else is done with aihwkit.
"""

from __future__ import annotations

import functools
import importlib

import torch

from mortalff.errors import InputError, MissingDependencyError, message, nearest

_REMEDY = (
    "run `make setup` in a checkout (`make aihwkit` to try again), or `python "
    "tools/build_aihwkit.py`, which builds it for the torch that is installed; `mortalff doctor` "
    "says what works; all hardware but aihwkit's works without it"
)


@functools.cache
def aihwkit_version() -> str:
    """The version of an aihwkit whose tiles really run.

    Raises:
        MissingDependencyError: aihwkit is not installed, too old, or built for another torch.
    """
    try:
        version = str(importlib.import_module("aihwkit").__version__)
        configs = importlib.import_module("aihwkit.simulator.configs")
        config = configs.SingleRPUConfig(device=configs.ConstantStepDevice(construction_seed=1))
        tile = config.tile_class(2, 3, config)
        with torch.no_grad():
            y = tile.joint_forward(torch.full((1, 3), 0.5), True)
            tile.set_learning_rate(0.1)
            tile.update(torch.ones(1, 3), torch.ones(1, 2))
        works = tuple(y.shape) == (1, 2) and bool(torch.isfinite(y).all())
    except ModuleNotFoundError as error:
        raise MissingDependencyError(f"aihwkit cannot be imported ({error}); {_REMEDY}") from error
    except Exception as error:  # whatever a broken binary raises, it is broken
        first = str(error).strip().split("\n")[0]
        text = f"aihwkit is installed but does not run ({type(error).__name__}: {first}); {_REMEDY}"
        raise MissingDependencyError(text) from error
    if not works:
        raise MissingDependencyError(f"aihwkit {version} runs but reads nonsense; {_REMEDY}")
    if getattr(tile, "_shared_weight_tensor", None) is None:
        raise MissingDependencyError(f"aihwkit {version} is too old, 1.2 is needed; {_REMEDY}")
    return version


def preset_names() -> list[str]:
    """The names of aihwkit's presets, sorted.

    Raises:
        MissingDependencyError: aihwkit does not work here.
    """
    aihwkit_version()
    presets = importlib.import_module("aihwkit.simulator.presets")
    return sorted(name for name in vars(presets) if name.endswith("Preset"))


def preset(name: str) -> object:
    """A new ``rpu_config`` of a preset.

    Raises:
        MissingDependencyError: aihwkit does not work here.
        InputError: there is no such preset.
    """
    names = preset_names()
    if name not in names:
        raise InputError(
            message("rpu_config", name, "aihwkit has no preset of that name", nearest(name, names))
        )
    config: object = getattr(importlib.import_module("aihwkit.simulator.presets"), name)()
    return config
