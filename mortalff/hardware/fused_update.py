"""The ``fast`` pulse update of one array on a GPU: what its kernel is called with."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

from mortalff.hardware.law_terms import DirectionTerms, LawTerms, law_terms
from mortalff.philox import has_triton
from mortalff.physics.law import Law
from mortalff.physics.pulse_trains import Trains
from mortalff.streams import Stream

Precision = Literal["ieee", "tf32", "tf32x3"]

# Devices of a block: columns, and rows of each quarter of the rows; samples that are summed together. These keep a
# block's numbers in registers; no tensor core takes products of smaller matrices than 16.
_COLUMNS, _ROWS, _SAMPLES, _WARPS, _SMALLEST = 64, 16, 16, 8, 16


class FusedUpdate:
    """One kernel that moves every device by a batch's pulses (:mod:`mortalff.hardware.triton_kernel`).

    Args:
        terms: how the devices respond.
        noise: the stream of pulse noise.
        seen: the stream that decides which devices any pulse reached, and how far what is seen scatters then.
        seen_std: that scatter, in weight units.
        precision: of the products that sum coincidences. ``tf32x3`` is single precision on tensor cores, which GPUs
            from Ampere on have; ``ieee`` needs none, and ``tf32`` keeps ten bits.
    """

    def __init__(
        self,
        terms: LawTerms,
        noise: Stream,
        seen: Stream,
        seen_std: float,
        precision: Precision = "tf32x3",
    ) -> None:
        device = terms.low.device
        self._terms, self._seen_std, self._precision = terms, seen_std, precision
        self._keys, self._seen_keys = (
            torch.tensor(s.keys.view("int64"), device=device) for s in (noise, seen)
        )
        self._numbers = torch.tensor([terms.up.numbers, terms.down.numbers], device=device)
        self._nodes = tuple(torch.tensor(t.nodes, device=device) for t in (terms.up, terms.down))

    def move(
        self,
        w: Tensor,
        trains: Trains,
        only: int,
        call: int,
        seen: Tensor | None = None,
        seen_call: int = 0,
        *,
        counts: bool = False,
    ) -> Tensor | None:
        """Move weights by a batch's pulses, in place.

        Args:
            w: weights, (chips, n_out, n_in), contiguous.
            trains: the batch's trains.
            only: 0; or 1 or -1 to take up or down coincidences alone, as up pulses.
            call: the place in the stream of pulse noise.
            seen: what reads see of the devices, shaped as w; drawn anew where pulses came. None where it is w.
            seen_call: the place in that stream.
            counts: whether pulses are counted.

        Returns:
            How many pulses reached each device, as :func:`mortalff.hardware.pulses.hits_reference` has it; None
            unless counted.
        """
        from mortalff.hardware.triton_kernel import update

        assert w.is_contiguous()
        assert seen is None or seen.is_contiguous()
        terms, (chips, n_out, n_in) = self._terms, w.shape
        rows, columns, slots = (t.contiguous() for t in (trains.rows, trains.columns, trains.slots))
        hits = torch.empty_like(w) if counts else None
        quarter = -(-n_in // 4)
        block_out = min(_COLUMNS, max(_SMALLEST, _power_of_two(n_out)))
        blocks_out, blocks_in = -(-n_out // block_out), -(-quarter // _ROWS)
        with torch.cuda.device(w.device if w.is_cuda else -1):
            update[(chips * blocks_out * blocks_in,)](
                w,
                w if seen is None else seen,
                w if hits is None else hits,
                terms.low,
                terms.high,
                *_pointers(terms.up),
                *_pointers(terms.down),
                self._numbers,
                *self._nodes,
                terms.cycle_std,
                rows,
                columns,
                slots,
                *(t.stride(0) if t.shape[0] > 1 else 0 for t in (rows, columns, slots)),
                slots.shape[1],
                self._keys,
                call,
                self._seen_keys,
                seen_call,
                self._seen_std,
                n_out,
                n_in,
                blocks_out,
                blocks_in,
                KIND=terms.kind,
                NOISE=terms.noise,
                LAST_UP=len(terms.up.nodes) - 1,
                LAST_DOWN=len(terms.down.nodes) - 1,
                ONLY=only,
                HITS=counts,
                SEEN=seen is not None,
                PRECISION=self._precision,
                BLOCK_OUT=block_out,
                BLOCK_IN=_ROWS,
                BLOCK_BATCH=_SAMPLES,
                num_warps=_WARPS,
                enable_fp_fusion=True,
            )
        return hits


def fused_update(law: Law, noise: Stream, seen: Stream, seen_std: float) -> FusedUpdate | None:
    """The kernel of an array, arguments as for :class:`FusedUpdate`; None where there is no GPU, Triton or such a law.

    Plain torch serves these.
    """
    if law.w_min.device.type != "cuda" or not has_triton():
        return None
    terms = law_terms(law)
    if terms is None:
        return None
    return FusedUpdate(terms, noise, seen, seen_std, _precision(law.w_min.device))


def _precision(device: torch.device) -> Precision:
    """Single precision by what the GPU has for it."""
    if torch.version.hip is not None or torch.cuda.get_device_capability(device) < (8, 0):
        return "ieee"
    return "tf32x3"


def _pointers(terms: DirectionTerms) -> tuple[Tensor, Tensor, Tensor]:
    """Terms of a direction; a law reads none that it does not have."""
    second = terms.step if terms.second is None else terms.second
    return terms.step, second, terms.step if terms.constant is None else terms.constant


def _power_of_two(number: int) -> int:
    """The smallest power of two from a number on."""
    return 1 << (number - 1).bit_length()
