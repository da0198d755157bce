"""Refreshes of one-sided pairs: both devices of a full pair are reset, and their difference is pulsed back onto one.

What is lost in this is lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from mortalff.cards import Card, OneSidedPair, Periphery
from mortalff.hardware.device_array import DeviceArray
from mortalff.hardware.pair_reads import DeviceReads, Full, full_pairs
from mortalff.hardware.program_and_verify import Reset
from mortalff.physics.converter import converter
from mortalff.physics.refresh import rewriting_pulses, train_slots
from mortalff.seeds import Seeds
from mortalff.streams import Stream

_READ, _PULSES = 1, 2  # sub of a draw at a refresh's place in a stream of resets; 0 is the reset's


class RefreshCost(NamedTuple):
    """What a refresh took, besides reading both arrays, (chips,) each.

    Attributes:
        pairs: pairs that were reset and written anew.
        device_pulses: pulses that their devices got.
        line_pulses: pulses on lines for that.
        conducted: what all devices conducted together as they were read, in devices of the largest conductance.
    """

    pairs: Tensor
    device_pulses: Tensor
    line_pulses: Tensor
    conducted: Tensor


class PairRefresh:
    """Resets the pairs that reads show to be full, and writes them anew.

    The difference read goes onto the device that held more, by one pulse train a column.

    Args:
        plus: the devices of g⁺.
        minus: the devices of g⁻.
        card: the pair's settings and the mean device.
        periphery: by which reads are made.
        granularity: weight change of one pulse, by which differences are pulsed back.
        seeds: where the randomness of resets comes from.
        chip_ids: one number a chip.

    Attributes:
        streams: of the resets of g⁺ and of g⁻, whose number of calls belongs to the state.
    """

    def __init__(
        self,
        plus: DeviceArray,
        minus: DeviceArray,
        card: Card,
        periphery: Periphery,
        granularity: float,
        seeds: Seeds,
        chip_ids: Sequence[int],
    ) -> None:
        assert isinstance(card.cell, OneSidedPair)
        assert card.device is not None
        self._arrays, self._settings = (plus, minus), card.cell
        bound = periphery.output_bound
        self._adc = converter(periphery.adc_bits, None if bound is None else float(bound))
        # Of a read of one device, besides what the device itself makes of it.
        self._variance = (
            float(periphery.output_noise_std) ** 2 + float(periphery.weight_noise_std) ** 2
        )
        upper, lower = float(card.cell.refresh_upper), float(card.cell.refresh_lower)
        self._full = Full(float(card.device.w_max), upper, lower)
        self._granularity = granularity
        device, shape = plus.law.w_max.device, plus.law.w_max.shape
        self.streams = tuple(
            Stream(seeds.child(name), "resets", chip_ids, device) for name in ("plus", "minus")
        )
        dtod, rest = float(card.cell.reset_dtod), float(card.cell.reset)
        self._rest = [torch.full((1, 1, 1), rest, device=device) for _ in self.streams]
        if dtod:
            self._rest = [
                rest + dtod * stream.normal(*shape[1:], call=0) for stream in self.streams
            ]
        for stream in self.streams:
            stream.calls = 1

    def refresh(self) -> RefreshCost:
        """Reset the pairs that have run out of range and write their difference anew."""
        places = [stream.next_call() for stream in self.streams]
        plus, minus = (self._reads(number, place) for number, place in enumerate(places))
        held = [_total(reads.seen.clamp_min(0.0)) for reads in (plus, minus)]
        conducted = (held[0] + held[1]) / self._full.w_max
        due = full_pairs(plus, minus, self._full)
        device_pulses = line_pulses = torch.zeros(len(due), dtype=torch.float64)
        if not bool(due.any()):
            for array in self._arrays:
                array.left_alone()
            return RefreshCost(_total(due), device_pulses, line_pulses, conducted)
        difference = plus.shown(due) - minus.shown(due)
        for number, array in enumerate(self._arrays):
            states, wanted = torch.zeros_like(plus.seen), torch.zeros_like(plus.seen)
            states[due] = self._rested(number, places[number], due)
            array.set_states(states, due)
            wanted[due] = (difference if number == 0 else -difference).clamp_min(0.0)
            slots = train_slots(wanted, self._granularity, self._settings.refresh_bit_length_max)
            u = self.streams[number].uniform_where(wanted > 0.0, call=places[number], sub=_PULSES)
            pulses = rewriting_pulses(wanted, self._granularity, slots, u)
            array.pulse_counted(pulses)
            device_pulses = device_pulses + _total(pulses)
            line_pulses = line_pulses + _total(pulses) + _total(slots)
        return RefreshCost(_total(due), device_pulses, line_pulses, conducted)

    def _reads(self, number: int, place: int) -> DeviceReads:
        """Reads of one array at a refresh."""
        array, noise = self._arrays[number], self.streams[number]
        std = array.read_noise_std()
        return DeviceReads(array.seen(), std, self._variance, self._adc, noise, (place, _READ))

    def reset_of(self, number: int) -> Reset:
        """What resets leave the devices of one array in, a round of verifying each, at a place of its own."""
        place, like = self.streams[number].next_call(), self._arrays[number].law.w_max
        everywhere = torch.ones_like(like, dtype=torch.bool)
        return lambda k: self._rested(number, place, everywhere, k).view_as(like)

    def _rested(self, number: int, place: int, where: Tensor, sub: int = 0) -> Tensor:
        """The states that a reset would leave some devices of one array in, one number each."""
        std, stream = float(self._settings.reset_std), self.streams[number]
        states = self._rest[number].expand_as(where)[where]
        return states + std * stream.normal_where(where, call=place, sub=sub) if std else states


def _total(counts: Tensor) -> Tensor:
    return counts.sum((1, 2), dtype=torch.float64).cpu()
