"""How long actions take, for devices that age while they are used."""

from __future__ import annotations

from typing import Literal

from mortalff.cards import Card

TimedAction = Literal["read", "slot", "update", "program"]


def duration_s(card: Card, action: TimedAction, times: float = 1.0) -> float:
    """Seconds that pass when an array does something.

    Args:
        card: its ``[time]`` says whether actions take time, and how much.
        action: ``read`` of one vector, one ``slot`` of a pulse train, one sample's ``update`` beside its slots,
            ``program`` of one cell.
        times: how often.

    Returns:
        Seconds; 0 where the card's clock is manual.
    """
    time = card.time
    if time.clock == "manual":
        return 0.0
    match action:
        case "read":
            if time.read_s is not None:
                return times * float(time.read_s)
            of_card = card.conductance
            return 0.0 if of_card is None else times * float(of_card.read_time_s)
        case "slot":
            return times * float(time.slot_s)
        case "update":
            return times * float(time.update_s)
        case "program":
            return times * float(time.program_s)
