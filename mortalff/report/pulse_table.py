"""The pulse trains of a card's figure as a tidy table."""

from __future__ import annotations

import io

from mortalff.hardware.pulse_response import PulseResponse


def pulse_table(response: PulseResponse) -> str:
    """A CSV text with a row for each device and pulse.

    Columns: ``device`` from 0 (a pair where weights are one-sided pairs); ``pulse``, how many it has had;
    ``direction`` of the last one, ``start`` before the first; ``weight``, its state, and ``read``, what a read would
    see (the state itself where the card has no write noise), both in normalised weight units.
    """
    n = response.pulses
    directions = ["start", *["up"] * n, *["down"] * n]
    read = response.weight if response.read is None else response.read
    out = io.StringIO()
    out.write("device,pulse,direction,weight,read\n")
    for device in range(response.devices):
        columns = zip(directions, response.weight[:, device], read[:, device], strict=True)
        out.writelines(
            f"{device},{pulse},{direction},{weight:.7g},{seen:.7g}\n"
            for pulse, (direction, weight, seen) in enumerate(columns)
        )
    return out.getvalue()
