"""A card's [programming], set up for one array of devices: how they are written, drift and read after that."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor

from mortalff.cards import Card
from mortalff.cards.programming import ExactScatter, NoReadNoise, PCMLikeDrift
from mortalff.hardware.ageing import DriftExponents
from mortalff.hardware.conductance_models import (
    conductance_scale,
    drift_model,
    read_noise_model,
    scatter_model,
)
from mortalff.hardware.device_laws import granularity
from mortalff.hardware.program_and_verify import Reset, VerifyRead, program_and_verify
from mortalff.hardware.programming import program_one_shot, programmed_drift, read_noise_std
from mortalff.physics.conductance_scale import Encoding
from mortalff.physics.law import Law
from mortalff.streams import Stream


class ProgrammingCost(NamedTuple):
    """What verifying took, each (chips, n_out, n_in).

    Attributes:
        pulses: pulses that each device got.
        reads: reads of each device.
        resets: resets of each device.
        reached: whether the last read of it was within the tolerance.
    """

    pulses: Tensor
    reads: Tensor
    resets: Tensor
    reached: Tensor


class Programmer:
    """Writes the devices of one array.

    Args:
        card: its [programming], [device] and [conductance].
        stream: the array's stream of programming.
        of_pair: whether each device is one of a one-sided pair.

    Attributes:
        stream: the stream, whose number of calls belongs to the array's state.
        drift_exponents: from states to mean and spread of drift exponents; None where fabrication gives these.

    Raises:
        CardError: a model of conductances without [conductance], or beyond the range of its fit.
    """

    def __init__(self, card: Card, stream: Stream, of_pair: bool) -> None:
        self.stream = stream
        self._settings = settings = card.programming
        self._granularity = granularity(card)
        plain = (
            isinstance(settings.scatter, ExactScatter)
            and isinstance(settings.drift, PCMLikeDrift) is False
            and isinstance(settings.read_noise, NoReadNoise)
        )
        self._scale = self._error = self._noise = None
        self.drift_exponents: DriftExponents | None = None
        if plain:
            return
        cells = 2 if card.conductance is None else card.conductance.cells_per_weight
        encoding: Encoding = "pair" if cells == 2 and not of_pair else "offset"
        scale = self._scale = conductance_scale(card, settings, encoding)
        assert card.conductance is not None
        read_voltage_v = float(card.conductance.read_voltage_v)
        self._error = scatter_model(settings.scatter, scale, read_voltage_v)
        self._noise = read_noise_model(settings.read_noise, scale, read_voltage_v)
        drift = drift_model(settings.drift)
        if drift is not None:
            self.drift_exponents = lambda w: programmed_drift(drift, scale, w)

    @property
    def verifies(self) -> bool:
        """Whether devices are pulsed until a read agrees, rather than written in one shot."""
        return self._settings.method == "verify"

    def write(self, target: Tensor, law: Law) -> Tensor:
        """States after one shot, (chips, n_out, n_in).

        Args:
            target: states meant, (chips, n_out, n_in).
            law: the devices' bounds.
        """
        return program_one_shot(target, law, self._error, self._scale, self.stream)

    def verify(
        self, target: Tensor, present: Tensor, law: Law, read: VerifyRead, reset: Reset | None
    ) -> tuple[Tensor, ProgrammingCost]:
        """States after verifying, (chips, n_out, n_in), and what it took.

        Args:
            target: states meant, (chips, n_out, n_in).
            present: states now.
            law: the devices' response and bounds.
            read: what a read shows of states.
            reset: for devices that pulses only raise, their states were they reset in a round of verifying.
        """
        settings, size = self._settings.verify, self._granularity
        end = program_and_verify(
            present, target, law, settings, size, self.stream, read=read, reset=reset
        )
        return end.w, ProgrammingCost(end.pulses, end.reads, end.resets, end.reached)

    def read_noise_std(
        self, seen: Tensor, programmed: Tensor, ages_s: Tensor | None
    ) -> Tensor | None:
        """How far reads of each device scatter, (chips, n_out, n_in); None where no model is given.

        Args:
            seen: states as they are now.
            programmed: states as they were when they last moved.
            ages_s: time since then; None where no clock runs, and nothing has gathered.
        """
        if self._noise is None or self._scale is None:
            return None
        ages = seen.new_zeros(()) if ages_s is None else ages_s
        return read_noise_std(self._noise, self._scale, seen, programmed, ages)
