"""The errors a user can meet, and how they are worded.

Every message answers four questions: where, which value, which rule it broke, and what would be right.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class MortalffError(Exception):
    """Base of every error that bad input causes; the command line turns it into exit code 2."""


class CardError(MortalffError):
    """A device card that is missing, malformed, or out of its range."""


class DataError(MortalffError):
    """A data set that is missing, truncated, or not what its checksum says."""


class InputError(MortalffError, ValueError):
    """An argument of the wrong shape, type or range."""


class CapabilityError(MortalffError):
    """Hardware was asked for something that it does not offer."""


class SpecError(MortalffError):
    """A study file, or a setting in one, that breaks a rule."""


class StoreError(MortalffError):
    """A results folder that cannot be read, or that belongs to another study."""


class MissingDependencyError(MortalffError, ImportError):
    """An optional library is needed for what was asked, and is not there or does not work."""


class RuleError(ValueError):
    """A value that breaks a rule of a schema, for validators to raise: the parts that an error message is made of."""

    def __init__(self, key: str, value: object, rule: str, right: str) -> None:
        """Keep the parts.

        Args:
            key: the key below the checked table that holds the value; empty for the table itself.
            value: what was written.
            rule: what it broke.
            right: what would be right.
        """
        super().__init__(message(key or "value", value, rule, right))
        self.key = key
        self.value = value
        self.rule = rule
        self.right = right


def nearest(name: str, options: Iterable[str]) -> str:
    """A hint that names the options nearest to ``name``, or all of them when none is near.

    Returns:
        A sentence fragment such as ``did you mean 'softmax'?`` or ``choose one of 'a', 'b'``.
    """
    known = sorted(options)
    matches = difflib.get_close_matches(name, known, n=3, cutoff=0.6)
    if matches:
        return "did you mean " + " or ".join(repr(match) for match in matches) + "?"
    return "choose one of " + ", ".join(repr(option) for option in known)


def message(where: str, value: object, rule: str, right: str) -> str:
    """One sentence in the house's order: where, value, rule, what would be right."""
    shown = repr(value)
    if len(shown) > 120:
        shown = shown[:117] + "..."
    return f"{where}: got {shown}; {rule}; {right}"
