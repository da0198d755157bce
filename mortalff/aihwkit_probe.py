"""Whether an aihwkit tile really runs: a script for a process of its own.

An aihwkit whose compiled part does not fit the installed torch can be imported and then abort the
process, or return nonsense. So only a tile's forward pass and update are proof, and they are
made where a crash harms nothing: ``python -P mortalff/aihwkit_probe.py``. This file imports
nothing of mortalff, so that it can be run before mortalff is complete.
"""

from __future__ import annotations

import sys


def probe() -> str:
    """Multiply by a small tile and pulse it.

    Returns:
        aihwkit's version.

    Raises:
        ImportError: aihwkit or something that it needs is not installed.
        RuntimeError: the tile's answer is wrong, or its weights did not move as asked.
    """
    import torch
    from aihwkit import __version__
    from aihwkit.simulator.configs import ConstantStepDevice, IOParameters, SingleRPUConfig

    ideal_read = IOParameters(is_perfect=True)
    config = SingleRPUConfig(device=ConstantStepDevice(), forward=ideal_read)
    tile = config.tile_class(3, 4, config)
    before = torch.linspace(-0.2, 0.2, 12).reshape(3, 4)
    tile.set_weights(before.clone())
    before = tile.get_weights()[0].clone()  # the devices' bounds may have clipped them

    x = torch.tensor([[1.0, -1.0, 0.5, 0.0], [0.0, 1.0, 1.0, -0.5]])
    with torch.no_grad():
        y = tile.forward(x)
    if not torch.allclose(y, x @ before.T, atol=1e-5):
        raise RuntimeError(f"forward gave {y.tolist()} where {(x @ before.T).tolist()} is right")

    tile.set_learning_rate(0.1)
    tile.update(torch.ones(2, 4), -torch.ones(2, 3))  # ΔW = −lr d xᵀ: every weight is to rise
    change = tile.get_weights()[0] - before
    if not bool(change.isfinite().all()) or float(change.mean()) <= 0.0:
        raise RuntimeError(f"update moved the weights by {change.tolist()}; every one should rise")
    return str(__version__)


if __name__ == "__main__":
    try:
        print(probe())
    except (ImportError, RuntimeError) as error:
        sys.exit(f"{type(error).__name__}: {error}")
