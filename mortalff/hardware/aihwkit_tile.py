"""Any aihwkit configuration of pulsed devices as hardware."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from mortalff.errors import CapabilityError, InputError, message
from mortalff.hardware.aihwkit_config import checked_config, default_spread, drifts, make_tile
from mortalff.hardware.aihwkit_counts import count_pulses, count_reads
from mortalff.hardware.aihwkit_state import (
    can_be_saved,
    load_tiles,
    save_tiles,
    weight_granularity,
)
from mortalff.hardware.base import Hardware
from mortalff.hardware.chip_numbers import chip_numbers
from mortalff.hardware.saved_state import check_state, counts_from_tensor, counts_to_tensor
from mortalff.seeds import Seeds
from mortalff.streams import Stream

_CPU = torch.device("cpu")


class AihwkitTile(Hardware):
    """Tiles of IBM's aihwkit, one a chip, simulated on the CPU sample by sample.

    What repeats with the seed: each device's parameters (``construction_seed`` is set from the
    stream ``fabrication`` of its chip, in place of the config's) and the initial weights (stream
    ``initial``). What does not: noise of reads, pulse trains, cycle-to-cycle and write noise, and
    the fixed spread of the read path (``v_offset_std``, ``out_noise_std``,
    ``out_nonlinearity_std``, ``w_read_asymmetry_dtod``). aihwkit draws these from a table seeded by
    the clock and from the C library's ``rand``, one for the whole process (its issues 503 and 616).
    A chip's numbers are independent of its neighbours', but hence not repeatable: ``reproducible``
    is False. torch's own generators are never touched.

    Decay and diffusion, which aihwkit gives a rate a mini-batch, happen once a pulsed batch, as in
    aihwkit's optimisers; they are no function of time. Power-law drift is; ``drift_unit_s`` says
    what its unit of time is, and without it this hardware does not offer ``advance``. A pulsed
    device's drift starts anew.

    Counted are one read a vector (two where ``mv_type`` reads inputs of each sign apart),
    conversions where ``inp_res`` or ``out_res`` is set, and the pulses expected from the trains'
    formulas. Not counted, because aihwkit does not tell: the reads that iterative bound management
    repeats; the transfers, refreshes and resets that a unit cell does by itself; the pulses of
    ``realistic`` programming. ``um_grad_scale``, ``res`` and ``d_sparsity`` are left out of pulse
    counts.

    A state holds the visible weights and those beneath the write noise, bit for bit. Unit cells of
    devices with write noise have no state: aihwkit cannot bring them back.

    Args:
        rpu_config: an aihwkit ``rpu_config``, or a preset's name such as ``"GokmenVlasovPreset"``.
            It is copied.
        n_out: outputs.
        n_in: inputs.
        chips: how many, or the chips' numbers.
        seed: where what repeats comes from.
        w_init_std: spread of the initial weights; by default 0.3 of the nearer bound, or 1/√n_in
            for ideal devices.
            Devices clip weights at their own bounds.
        device: where tensors come in and go out; the tiles stay on the CPU.
        cells_per_weight: devices that a read drives for each weight.
        drift_unit_s: seconds in a unit of the config's drift times.
        realistic: program by iterated reads and pulses instead of setting weights exactly; slow.

    Raises:
        MissingDependencyError: aihwkit is missing or does not run.
        InputError: an unknown preset, a config that is not moved by pulses, a value out of range.
    """

    reproducible = False

    def __init__(
        self,
        rpu_config: object,
        n_out: int,
        n_in: int,
        chips: int | Sequence[int] = 1,
        seed: int | Seeds = 0,
        *,
        w_init_std: float | None = None,
        device: str | torch.device = "cpu",
        cells_per_weight: int = 2,
        drift_unit_s: float | None = None,
        realistic: bool = False,
    ) -> None:
        super().__init__(n_out, n_in, chip_numbers(chips), torch.device(device))
        config = checked_config(rpu_config)
        _check_settings(w_init_std, cells_per_weight, drift_unit_s)
        if drift_unit_s is not None and not drifts(config.device):
            rule = "the config's device does not drift"
            raise InputError(message("drift_unit_s", drift_unit_s, rule, "set device.drift.nu"))
        self._config, self._cells, self._realistic = config, cells_per_weight, realistic
        self._drift_unit_s = drift_unit_s
        seeds = Seeds.of(seed)
        keys = [seeds.key("fabrication", chip) for chip in self.chip_ids]
        text = f"{type(config).__name__} {config}".encode()
        digest = int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "little")
        words = np.array([digest, *keys], dtype=np.uint64).view(np.int64)
        self._identity = torch.from_numpy(words.copy())
        # aihwkit's generator takes seeds from 1 to 2^31 - 2 without two being the same.
        self._tiles = [make_tile(config, n_out, n_in, key % (2**31 - 2) + 1) for key in keys]
        std = default_spread(config.device, n_in) if w_init_std is None else w_init_std
        initial = std * Stream(seeds, "initial", self.chip_ids, _CPU).normal(n_out, n_in)
        for tile, weights in zip(self._tiles, initial, strict=True):
            tile.set_weights(weights)
        self._granularity = weight_granularity(self._tiles[0])

    @property
    def capabilities(self) -> frozenset[str]:
        """Pulses and privileged access; ageing where ``drift_unit_s`` is given."""
        ages = {"advance"} if self._drift_unit_s is not None else set()
        return frozenset(
            {"forward", "pulse", "forward_transposed", "read_weights", "program"} | ages
        )

    def describe(self) -> str:
        """Configuration, shape and number of chips."""
        name = type(self._config).__name__
        return f"aihwkit {name} {self.n_out}x{self.n_in}, {self.chips} chips"

    def state_dict(self) -> dict[str, Tensor]:
        """Weights, hidden parameters, what else aihwkit keeps, and counts; a copy.

        Raises:
            CapabilityError: the tile is of devices with write noise that are in unit cells or have a reference.
        """
        if not can_be_saved(self._tiles[0]):
            raise CapabilityError(
                f"state of {self.describe()}: aihwkit cannot bring back devices with write noise that "
                "are in unit cells or have a reference; run it without checkpoints, or set write_noise_std to 0"
            )
        state = save_tiles(self._tiles)
        state["counts"] = counts_to_tensor(self.counts)
        state["identity"] = self._identity.clone()
        return state

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Go back to a state; noise after it is new, as aihwkit's is not repeatable.

        Raises:
            InputError: the state is of other hardware.
        """
        like = self.state_dict()
        # What aihwkit keeps beside the weights may change its length, so only names are compared
        # there.
        like |= {name: state[name] for name in like if name.startswith("extra.") and name in state}
        check_state(self.describe(), state, like)
        if not torch.equal(state["identity"], self._identity):
            raise InputError(
                f"state of {self.describe()}: it was saved from chips with another seed or "
                "rpu_config; make the same chips (config, seed, chip numbers) before loading it"
            )
        load_tiles(self._tiles, state)
        self._tally.restore(counts_from_tensor(state["counts"]))

    def _forward(self, x: Tensor) -> Tensor:
        lines = (self.n_in, self.n_out)
        count_reads(self._tally, "array_read", self._config.forward, x.shape[1], lines, self._cells)
        chips = zip(self._tiles, self._each(x), strict=True)
        return torch.stack([tile.joint_forward(rows, True) for tile, rows in chips]).to(self.device)

    def _forward_transposed(self, d: Tensor) -> Tensor:
        name, lines = "array_read_transposed", (self.n_out, self.n_in)
        count_reads(self._tally, name, self._config.backward, d.shape[1], lines, self._cells)
        chips = zip(self._tiles, self._each(d), strict=True)
        return torch.stack([tile.backward(rows) for tile, rows in chips]).to(self.device)

    def _pulse(self, x: Tensor, d: Tensor, lr: float) -> None:
        # aihwkit descends, and sums over the batch. The mean is taken in d, as a mean loss would,
        # and not in the rate, because cells that transfer between devices may have a rate of their
        # own.
        share = d / d.shape[1]
        count_pulses(self._tally, self._config, self._granularity, x, share, lr)
        for tile, rows, columns in zip(self._tiles, self._each(x), self._each(-share), strict=True):
            tile.set_learning_rate(lr)
            tile.update(rows, columns)
            tile.post_update_step()

    def _advance(self, seconds: float) -> None:
        if seconds == 0.0 or self._drift_unit_s is None:
            return
        for tile in self._tiles:
            # A first step of no time lets aihwkit see which weights have moved, whose clock then
            # starts before this time passes and not after.
            tile.drift_weights(0.0)
            tile.drift_weights(seconds / self._drift_unit_s)

    def _read_weights(self) -> Tensor:
        return torch.stack([tile.get_weights()[0].clone() for tile in self._tiles]).to(self.device)

    def _program(self, weights: Tensor) -> None:
        for tile, wanted in zip(self._tiles, self._each(weights), strict=True):
            tile.set_weights(wanted, realistic=self._realistic)

    def _each(self, tensor: Tensor) -> list[Tensor]:
        """One contiguous CPU matrix a chip, from a tensor with one for all or one for each."""
        matrices = [matrix.contiguous() for matrix in tensor.to(_CPU)]
        return matrices * self.chips if len(matrices) == 1 else matrices


def _check_settings(
    w_init_std: float | None, cells_per_weight: int, drift_unit_s: float | None
) -> None:
    if w_init_std is not None and not 0.0 <= w_init_std < float("inf"):
        rule = "a spread is finite and at least 0"
        raise InputError(message("w_init_std", w_init_std, rule, "0.3 uses most ranges well"))
    if cells_per_weight < 1:
        rule = "a weight is held by at least one cell"
        raise InputError(message("cells_per_weight", cells_per_weight, rule, "2 for a pair"))
    if drift_unit_s is not None and not 0.0 < drift_unit_s < float("inf"):
        rule = "a unit of time is finite and above 0"
        raise InputError(message("drift_unit_s", drift_unit_s, rule, "1.0 for seconds"))
