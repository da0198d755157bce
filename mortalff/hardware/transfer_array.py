"""A fast and a slow array that act as one: the fast one learns, the slow one is taught by what is read of it.

The outer products of the learning rule go to a fast array A. Its devices forget: under many pulses each is drawn to its
symmetry point, so that A holds a running mean of the recent updates in the devices themselves, noise and all. Every so
often input lines of A are read by forward passes of one-hot vectors, through its DAC and ADC, and the slow array C is
pulsed with the same one-hot vectors and what was read. Forward passes go through C, and at a share ``gamma`` through A.
The only numbers kept in digital memory are one read of one line at a time.

    A ← A + fast_rate · lr · d (s ∘ x)ᵀ                    every update
    r = s_i · mean of ``reads`` reads of A e_i             every ``every`` updates, for ``lines`` lines i in turn
    C ← C + transfer_rate · lr · r' e_iᵀ                   r' is r where |r| > ``dead_zone``, else 0
    y = C x + gamma · A (s ∘ x)

All weights are read against ``rest``, one number for all, which a column of fixed conductance would hold: in place of
C x there stands (C − rest) x, and so for A.

What a learner asks for reaches C late, after A's memory, and late feedback overshoots. What A holds now is what C will
be taught; ``gamma`` lets forward passes have it at once.

This is Tiki-Taka (Gokmen and Haensch, Front. Neurosci. 14:103, 2020) with reads that noise alone would explain left
out: they would teach C nothing, and each pulse draws C back to its own symmetry point. Input lines may be chopped as
in Rasch et al. (Nat. Commun. 15:7133, 2024), with no digital matrix: s_i = ±1 changes its sign after every
``chop_every`` transfers of line i, so that what A's devices rest at beside zero cancels in C.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from typing import Final

import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor

from mortalff.actions import ActionCounts, Tally
from mortalff.errors import InputError, message
from mortalff.hardware.base import Hardware
from mortalff.hardware.saved_state import check_state, counts_from_tensor, counts_to_tensor

_PREFIXES: Final = ("fast.", "slow.")
_BYTES: Final = 4
_SETTLE_STEP: Final = 0.02  # of weight, asked in one direction before it turns


class Transfer(BaseModel):
    """How the fast array learns, and how the slow one is taught by it."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    fast_rate: float = Field(
        default=3.0, gt=0, description="rate of the fast array, in units of the rate asked for"
    )
    transfer_rate: float = Field(
        default=0.5,
        gt=0,
        description="what a transfer adds to the slow array, as a share of what was read and of the rate asked for",
    )
    dead_zone: float = Field(
        default=0.0, ge=0, description="reads up to this size, in units of weight, are left out"
    )
    every: int = Field(default=1, ge=1, description="updates between two transfers")
    lines: int | None = Field(
        default=None, ge=1, description="input lines a transfer reads, in turn; all by default"
    )
    reads: int = Field(default=1, ge=1, description="reads of a line that are averaged")
    gamma: float = Field(
        default=0.0,
        ge=0,
        description="the fast array's share in forward passes, beside the slow one's of 1; both are then read",
    )
    chop_every: int | None = Field(
        default=None,
        ge=1,
        description="transfers of a line until its sign changes; never by default",
    )

    rest: float = Field(
        default=0.0,
        description="weight that stands for zero in both arrays: where devices rest under as many up as down pulses",
    )


class TransferArray(Hardware):
    """A fast and a slow array that act as one.

    Counts are those of both arrays. Besides, a transfer counts for each output of each line read one ``digital_op``
    (held against the dead zone) and two times four bytes of memory for each read (written and read back), and one
    ``digital_mac`` for each read but the first where reads are averaged. Where ``rest`` is not zero, taking it off
    counts a ``digital_op`` for each input and each output of a vector. Where ``gamma`` is not zero, a vector is read by
    both arrays, and each output counts a ``digital_mac`` that joins them.

    A probe reads and writes weights as forward passes have them; writing changes the slow array alone. Where ``gamma``
    is not zero either takes all weights of the fast array too, each counted as a ``weight_read``.

    Args:
        fast: takes the updates; use it through this object alone.
        slow: of the same shape, on the same chips; carries the forward passes.
        settings: how one is transferred to the other.

    Raises:
        InputError: the arrays do not fit together, or there are fewer lines than are to be read at once.
    """

    def __init__(self, fast: Hardware, slow: Hardware, settings: Transfer | None = None) -> None:
        super().__init__(slow.n_out, slow.n_in, slow.chip_ids, slow.device)
        shapes = [(h.n_out, h.n_in, h.chip_ids) for h in (fast, slow)]
        if shapes[0] != shapes[1]:
            rule = f"the slow array's outputs, inputs and chips are {shapes[1]}"
            raise InputError(message("fast", shapes[0], rule, "make both of the same shape"))
        for array in (fast, slow):
            array.require({"forward", "pulse"}, "a fast and a slow array")
        self._fast, self._slow = fast, slow
        self.settings = Transfer() if settings is None else settings
        self._lines = self.n_in if self.settings.lines is None else self.settings.lines
        if self._lines > self.n_in:
            rule = f"{self.describe()} has {self.n_in} input lines"
            raise InputError(message("lines", self._lines, rule, "give no more, or leave it out"))
        self.reproducible = fast.reproducible and slow.reproducible
        self._updates = 0  # since the last transfer
        self._next_line = 0
        self._sweeps = 0  # times that all lines have been transferred

    @property
    def capabilities(self) -> frozenset[str]:
        """What both arrays offer, and the probes of the slow one; digital updates by neither."""
        both = self._fast.capabilities & self._slow.capabilities
        probed = self._slow.capabilities
        if self.settings.gamma > 0.0:
            probed = both if "read_weights" in both else both - {"program"}
        probes = probed & {"forward_transposed", "read_weights", "program"}
        return (both & {"forward", "pulse", "advance"}) | probes

    @property
    def counts(self) -> ActionCounts:
        """What both arrays did, and what stood between them."""
        total = Tally(self.chips)
        total.restore(self._tally.snapshot() + self._fast.counts + self._slow.counts)
        return total.snapshot()

    def describe(self) -> str:
        """The slow array, and that a fast one teaches it."""
        return f"{self._slow.describe()}, taught by a fast array"

    def settle(self, change: float) -> None:
        """Pulse every device of both arrays up and down in turn, which draws it to its symmetry point.

        Args:
            change: what is asked of each device upwards, and as much downwards, in units of weight.
        """
        batch = max(2, 2 * math.ceil(change / _SETTLE_STEP))
        x = torch.ones(batch, self.n_in, device=self.device)
        d = torch.ones(batch, self.n_out, device=self.device)
        d[1::2] = -1.0
        for array in (self._fast, self._slow):
            array.pulse(x, d, 2.0 * change)

    def state_dict(self) -> dict[str, Tensor]:
        """The states of both arrays, and where transfers are; a copy."""
        state = self._own_state()
        for prefix, array in zip(_PREFIXES, (self._fast, self._slow), strict=True):
            state |= {prefix + name: tensor for name, tensor in array.state_dict().items()}
        return state

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Go back to a state.

        Raises:
            InputError: the state is of other hardware.
        """
        parts = [
            {
                name.removeprefix(prefix): tensor
                for name, tensor in state.items()
                if name[:5] == prefix
            }
            for prefix in _PREFIXES
        ]
        own = {name: tensor for name, tensor in state.items() if name[:5] not in _PREFIXES}
        like = self._own_state()
        check_state(self.describe(), own, like)
        if not torch.equal(own["settings"], like["settings"]):
            rule = "a state resumes only what it was saved from"
            right = "use the settings it was saved with"
            raise InputError(message("state", "of other settings of two arrays", rule, right))
        before = self._fast.state_dict()
        self._fast.load_state_dict(parts[0])
        try:
            self._slow.load_state_dict(parts[1])
        except InputError:
            self._fast.load_state_dict(before)
            raise
        self._updates, self._next_line, self._sweeps = (int(n) for n in own["place"])
        self._tally.restore(counts_from_tensor(own["counts"]))

    def _own_state(self) -> dict[str, Tensor]:
        place = torch.tensor([self._updates, self._next_line, self._sweeps])
        told = hashlib.blake2b(self.settings.model_dump_json().encode(), digest_size=8).digest()
        return {
            "place": place,
            "settings": torch.tensor(list(told)),
            "counts": counts_to_tensor(self._tally.snapshot()),
        }

    def _forward(self, x: Tensor) -> Tensor:
        y = self._read(self._slow, x)
        if self.settings.gamma == 0.0:
            return y
        return self._joined(y, self._read(self._fast, x * self._signs()))

    def _joined(self, slow: Tensor, fast: Tensor) -> Tensor:
        """What both arrays give, (chips, batch, n), as one."""
        self._tally.add("digital_mac", slow.shape[1] * slow.shape[2])
        return slow + self.settings.gamma * fast

    def _read(self, array: Hardware, x: Tensor) -> Tensor:
        """A forward pass of an array against where its devices rest."""
        return self._against_rest(x, array.forward(x))

    def _against_rest(self, x: Tensor, y: Tensor) -> Tensor:
        if self.settings.rest == 0.0:
            return y
        self._tally.add("digital_op", x.shape[-2] * (self.n_in + self.n_out))
        return y - self.settings.rest * x.sum(-1, keepdim=True)

    def _pulse(self, x: Tensor, d: Tensor, lr: float) -> None:
        self._fast.pulse(x * self._signs(), d, self.settings.fast_rate * lr)
        self._updates += 1
        if self._updates >= self.settings.every:
            self._updates = 0
            self._transfer(lr)

    def _transfer(self, lr: float) -> None:
        """Read the next lines of the fast array and pulse the slow one with what was read."""
        settings, signs = self.settings, self._signs()
        lines = torch.arange(self._next_line, self._next_line + self._lines) % self.n_in
        one_hot = torch.zeros(self._lines, self.n_in, device=self.device)
        one_hot[torch.arange(self._lines), lines] = 1.0
        read = self._read(self._fast, one_hot)
        for _ in range(settings.reads - 1):
            read = read + self._read(self._fast, one_hot)
        read = read * (signs[lines, None] / settings.reads)
        held = torch.where(read.abs() > settings.dead_zone, read, torch.zeros_like(read))
        # A pulse asks for the mean over its batch, and each line is to get its own read in full.
        self._slow.pulse(one_hot, held, settings.transfer_rate * lr * self._lines)
        self._count(self._lines * self.n_out)
        self._next_line += self._lines
        if self._next_line >= self.n_in:
            self._next_line -= self.n_in
            self._sweeps += 1

    def _signs(self) -> Tensor:
        """Each input line's sign, (n_in,): lines already transferred in this sweep are one transfer ahead."""
        if self.settings.chop_every is None:
            return torch.ones(self.n_in, device=self.device)
        line = torch.arange(self.n_in, device=self.device)
        transfers = self._sweeps + (line < self._next_line).to(line.dtype)
        return 1.0 - 2.0 * ((transfers // self.settings.chop_every) % 2).to(torch.float32)

    def _count(self, numbers: int) -> None:
        self._tally.add("digital_op", numbers)
        self._tally.add("memory_byte", 2 * _BYTES * numbers * self.settings.reads)
        if self.settings.reads > 1:
            self._tally.add("digital_mac", numbers * (self.settings.reads - 1))

    def _advance(self, seconds: float) -> None:
        self._fast.advance(seconds)
        self._slow.advance(seconds)

    def _forward_transposed(self, d: Tensor) -> Tensor:
        y = self._against_rest(d, self._slow._forward_transposed(d))
        if self.settings.gamma == 0.0:
            return y
        fast = self._against_rest(d, self._fast._forward_transposed(d))
        return self._joined(y, fast * self._signs())

    def _read_weights(self) -> Tensor:
        slow = self._slow._read_weights() - self.settings.rest
        return slow if self.settings.gamma == 0.0 else slow + self._of_fast()

    def _program(self, weights: Tensor) -> None:
        rest = self.settings.rest
        if self.settings.gamma > 0.0:
            weights = weights - self._of_fast()
        self._slow._program(weights + rest)

    def _of_fast(self) -> Tensor:
        """The fast array's part in the weights of forward passes, (chips, n_out, n_in)."""
        self._tally.add("weight_read", self.n_in * self.n_out)
        held = self._fast._read_weights() - self.settings.rest
        return self.settings.gamma * held * self._signs()
