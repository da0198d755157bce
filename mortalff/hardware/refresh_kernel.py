"""Which pairs reads show to be full, in one compiled pass over the devices of both arrays."""

from __future__ import annotations

import numpy as np
from numba import njit

from mortalff.hardware.read_kernels import through_converter
from mortalff.philox import normals_row

_F32 = np.float32


@njit(cache=True, error_model="numpy")
def mark_full(seen, own_std, variance, waited_for, ends, keys, places, adc, full):  # type: ignore[no-untyped-def]
    """What :func:`mortalff.hardware.pair_reads.full_pairs_reference` does, bit for bit.

    Takes two of each, for g⁺ and g⁻:
        seen: states, float32, (chips, n_out, n_in).
        own_std: how far reads of each device scatter by itself, likewise; empty where they do not.
        keys, places: where the noise of reads is drawn; call and sub.

    And for both:
        variance: of what the read path adds.
        waited_for: standard deviations, and what besides, by which reads may exceed states.
        ends: above which the larger and the smaller device have to be.
        adc: kind, levels up to full scale, bound, step and its inverse of the converter.
        full: bool, (chips, n_out, n_in), to be filled.
    """
    n_chips, n_out, n_in = full.shape
    words, xi = np.empty(4 * ((n_in + 3) // 4), np.uint32), np.empty(n_in, np.float32)
    std, shown = np.empty((2, n_in), np.float32), np.empty((2, n_in), np.float32)
    for chip in range(n_chips):
        for i in range(n_out):
            marks = full[chip, i]
            for one in range(2):
                states = seen[one][chip, i]
                for j in range(n_in):
                    own = own_std[one][chip, i, j] if own_std[one].size > 0 else _F32(0.0)
                    std[one, j] = np.sqrt(own * own + variance)
                    shown[one, j] = states[j] + (waited_for[0] * std[one, j] + waited_for[1])
            if not _mark(shown, ends, marks, False):
                continue
            for one in range(2):
                call, sub = places[one]
                states, row = seen[one][chip, i], shown[one]
                normals_row(keys[one][chip], i, call, sub, words, xi)
                for j in range(n_in):
                    row[j] = states[j] + std[one, j] * xi[j]
                through_converter(
                    row, row, adc[0], adc[1], adc[2], adc[3], adc[4], _F32(1.0), _F32(1.0)
                )
            _mark(shown, ends, marks, True)


@njit(cache=True, error_model="numpy")
def _mark(shown, ends, marks, only_marked):  # type: ignore[no-untyped-def]
    """Mark the pairs of a row that show to be full; whether there are any."""
    found = False
    for j in range(marks.size):
        larger, smaller = max(shown[0, j], shown[1, j]), min(shown[0, j], shown[1, j])
        above = (larger > ends[0]) & (smaller > ends[1])
        marks[j] = above & (marks[j] | (not only_marked))
        found |= marks[j]
    return found
