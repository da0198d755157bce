"""``mortalff data``: which data sets there are, and getting those that live in files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from mortalff.data.download import download
from mortalff.data.named import DATASETS, SOURCES, check_name
from mortalff.data.sources import Source
from mortalff.errors import DataError

app = App(name="data", help="List data sets, and get those that live in files.")

_Folder = Annotated[Path | None, Parameter(name="--dir")]


@app.command(name="list")
def list_datasets(*, directory: _Folder = None) -> None:
    """List the data sets, and say which are there with the right checksums.

    Args:
        directory: where to look; $MORTALFF_DATA or the user's data folder if not given.
    """
    width = max(len(name) for name in DATASETS)
    for name in DATASETS:
        source = SOURCES.get(name)
        state = "ready    built in" if source is None else _state(source, directory)
        print(f"{name:<{width}}  {state}")


@app.command(name="get")
def get_dataset(name: str, *, directory: _Folder = None, base_url: str | None = None) -> None:
    """Download a data set's files, and check them.

    Args:
        name: the data set.
        directory: where the files go; $MORTALFF_DATA or the user's data folder if not given.
        base_url: a server that holds the files, in place of the usual mirrors.
    """
    check_name(name)
    source = SOURCES.get(name)
    if source is None:
        print(f"{name} is built in: there is nothing to download")
        return
    for file in download(source, source.folder(directory), base_url):
        print(f"{file.path}: {'downloaded' if file.downloaded else 'already there'}, checksum good")


def _state(source: Source, directory: Path | None) -> str:
    folder = source.folder(directory)
    missing = source.missing(directory)
    if missing:
        count = f"{len(missing)} of {len(source.files)} files"
        return f"missing  {count} not in {folder}; {source.how_to_get}"
    try:
        source.verify(directory)
    except DataError as error:
        return f"damaged  {error}"
    return f"ready    {folder}"
