"""The suite that all hardware passes, one's own included."""

from __future__ import annotations

from mortalff.testing.conformance_of_changes import ChangeConformance
from mortalff.testing.conformance_of_reads import ReadConformance
from mortalff.testing.conformance_of_states import StateConformance


class HardwareConformance(ReadConformance, ChangeConformance, StateConformance):
    """Whether hardware keeps what :class:`mortalff.hardware.base.Hardware` promises.

    Subclass it under a name that pytest collects, and say how the hardware is made; tests of what
    it does not offer are skipped, with the reason::

        from mortalff.testing import HardwareConformance

        class TestMyArray(HardwareConformance):
            def make(self, chips, seed):
                return MyArray(n_out=4, n_in=5, chips=chips, seed=seed)

    What is special about the hardware is said by overriding the attributes and ``read_counts`` and
    ``pulse_counts`` of :class:`mortalff.testing.HardwareCase`. Statistical tests decide at the
    level ``significance``, 1e-6 by default.
    """
