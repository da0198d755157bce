"""Where cards are looked for, in order of precedence."""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib.metadata import entry_points
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import NamedTuple

from mortalff.errors import CardError, message

CARDS_VARIABLE = "MORTALFF_CARDS"
ENTRY_POINTS = "mortalff.cards"
CARD_FILE = "card.toml"


class FoundCard(NamedTuple):
    """A card that a name stands for.

    Attributes:
        name: the name of its folder. path: its ``card.toml``. origin: where it was found.
    """

    name: str
    path: Traversable
    origin: str


def find_cards() -> list[FoundCard]:
    """All cards that have a name, each as :func:`~mortalff.cards.load_card` would find it.

    A card is a folder ``<name>/card.toml`` in one of these places; where two have the same name,
    the place named first wins:

    1. the folders in the environment variable ``MORTALFF_CARDS``, separated as in ``PATH``;
    2. packages that installed distributions name in the entry point group ``mortalff.cards``,
       as in ``[project.entry-points."mortalff.cards"]`` followed by ``mylab = "mylab_cards"``,
       where ``mylab_cards`` is a package with the card folders inside;
    3. the cards that come with mortalff.

    Returns:
        The cards, sorted by name. Their files have not been read.

    Raises:
        CardError: ``MORTALFF_CARDS`` names something that is not a folder, or an entry point's
            package cannot be imported.
    """
    found: dict[str, FoundCard] = {}
    for folder, origin in places():
        for entry in folder.iterdir():
            if entry.is_dir() and (entry / CARD_FILE).is_file():
                found.setdefault(entry.name, FoundCard(entry.name, entry / CARD_FILE, origin))
    return [found[name] for name in sorted(found)]


def places() -> Iterator[tuple[Traversable, str]]:
    """The folders of cards, first come first served, each with a word on where it is from.

    Raises:
        CardError: as :func:`find_cards`.
    """
    for entry in os.environ.get(CARDS_VARIABLE, "").split(os.pathsep):
        if entry:
            folder = Path(entry).expanduser()
            if not folder.is_dir():
                raise CardError(
                    message(
                        CARDS_VARIABLE,
                        entry,
                        "it must list folders that exist",
                        f"create it or take it out of {CARDS_VARIABLE}",
                    )
                )
            yield folder, CARDS_VARIABLE
    for point in sorted(entry_points(group=ENTRY_POINTS), key=lambda point: point.name):
        try:
            package = files(point.load())
        except Exception as error:
            raise CardError(
                message(
                    f"entry point {point.name!r} of group {ENTRY_POINTS!r}",
                    point.value,
                    f"it must name a package that can be imported ({error})",
                    "mend or uninstall the distribution that declares it",
                )
            ) from error
        yield package, f"entry point {point.name}"
    yield built_in(), "built-in"


def built_in() -> Traversable:
    """The folder of the cards that come with mortalff: inside the package, or beside it."""
    package = files("mortalff")
    packed = package / "device_models"
    if packed.is_dir():
        return packed
    return Path(__file__).resolve().parents[2] / "device_models"
