"""When a learner is evaluated as it trains: at the end of each epoch, and after equal parts of it if asked."""

from __future__ import annotations

from dataclasses import dataclass

from mortalff.data import Split
from mortalff.errors import InputError, message


@dataclass(frozen=True)
class Evaluations:
    """What is evaluated on, and where in an epoch.

    Attributes:
        split: the examples; None where no error is measured.
        within: after how many of an epoch's updates, its last left out: all epochs are evaluated at their end.
    """

    split: Split | None
    within: frozenset[int] = frozenset()

    @classmethod
    def spread(cls, split: Split | None, per_epoch: int, updates: int) -> Evaluations:
        """Evaluations at the end of each of so many equal parts of an epoch, to a whole update.

        Args:
            split: what to evaluate on.
            per_epoch: how many parts.
            updates: of an epoch.

        Raises:
            InputError: more parts than updates, less than one, or several with nothing to evaluate on.
        """
        check_per_epoch("evaluations_per_epoch", per_epoch, updates)
        if split is None and per_epoch > 1:
            rule, right = "there are no examples to evaluate on", "give validation, or leave it out"
            raise InputError(message("evaluations_per_epoch", per_epoch, rule, right))
        return cls(split, frozenset(part * updates // per_epoch for part in range(1, per_epoch)))


def check_per_epoch(where: str, per_epoch: int, updates: int) -> None:
    """Check that an epoch has so many parts.

    Raises:
        InputError: it has fewer updates.
    """
    if not 1 <= per_epoch <= updates:
        rule = "an epoch has 1 update" if updates == 1 else f"an epoch has {updates} updates"
        raise InputError(
            message(where, per_epoch, rule, f"give a whole number from 1 to {updates}")
        )
