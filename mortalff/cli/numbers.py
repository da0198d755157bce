"""Numbers on the command line."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated

from cyclopts import Parameter, Token


def whole_number(kind: type, tokens: Sequence[Token]) -> int:
    """A whole number, where the parser would silently cut 8.5 to 8.

    Args:
        kind: what the parameter is declared as.
        tokens: the word given.

    Raises:
        ValueError: it is none; the parser adds which option it was given to.
    """
    del kind
    (token,) = tokens
    try:
        number = float(token.value)
    except ValueError:
        number = math.nan
    if not number.is_integer():
        raise ValueError(f"got {token.value!r}; it must be a whole number, such as 4")
    return int(number)


Whole = Annotated[int, Parameter(converter=whole_number)]
"""An option that takes whole numbers and nothing else."""
