"""The command line that makes a comparison again."""

from __future__ import annotations

import inspect
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence

_SHOWN_ELSEWHERE = ("sources", "plot", "plot_costs", "page", "as_json")


def command_line(
    name: str, command: Callable[..., None], given: Mapping[str, object], *more: str
) -> str:
    """A command with the options that are not as they are by default.

    What a comparison is shown as, and where that goes, is left out: it does not change what is compared.

    Args:
        name: of the command, as in ``energy compare``.
        command: the function, with its defaults.
        given: its arguments by name.
        more: what comes after the options, as it is.
    """
    words = ["mortalff", *name.split()]
    for key, parameter in inspect.signature(command).parameters.items():
        value = given[key]
        if key not in _SHOWN_ELSEWHERE and value != parameter.default:
            words += _option(key, value)
    return " ".join([shlex.join(words), *more])


def _option(key: str, value: object) -> Iterator[str]:
    option = "--" + key.strip("_").replace("_", "-")
    values = value if isinstance(value, Sequence) and not isinstance(value, str) else [value]
    for each in values:
        yield from (option, str(each))
