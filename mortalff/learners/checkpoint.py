"""Checkpoints: tensors in safetensors, the rest in JSON; written whole or not at all."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from mortalff.errors import InputError, message
from mortalff.learners.history import EpochRecord

_FORMAT = 2


def save_checkpoint(
    folder: Path,
    parts: Mapping[str, Mapping[str, Tensor]],
    description: Mapping[str, object],
    history: Sequence[EpochRecord],
) -> None:
    """Write a checkpoint beside its place, then move it there.

    Args:
        folder: where it goes; an older checkpoint there is replaced.
        parts: the state, by whose it is.
        description: what it is the state of; must be the same on loading.
        history: records so far.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        whole = {
            f"{part}.{name}": tensor.detach().cpu().contiguous()
            for part, tensors in parts.items()
            for name, tensor in tensors.items()
        }
        save_file(whole, fresh / "state.safetensors")
        about = {
            "format": _FORMAT,
            "description": description,
            "history": [asdict(record) for record in history],
        }
        (fresh / "about.json").write_text(json.dumps(about), encoding="utf-8")
        old = folder.with_name(f".{folder.name}.old")
        shutil.rmtree(old, ignore_errors=True)
        if folder.exists():
            os.replace(folder, old)
        os.replace(fresh, folder)
        shutil.rmtree(old, ignore_errors=True)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def load_checkpoint(
    folder: Path, description: Mapping[str, object]
) -> tuple[dict[str, dict[str, Tensor]], list[EpochRecord]]:
    """Read a checkpoint: the state's parts as they were given, less empty ones, and the records.

    Raises:
        InputError: it is damaged, or of something else than ``description``.
    """
    try:
        about = json.loads((folder / "about.json").read_text(encoding="utf-8"))
        tensors = load_file(folder / "state.safetensors")
    except (OSError, ValueError, SafetensorError) as error:
        raise InputError(
            f"checkpoint {folder}: it cannot be read ({error}); delete it to start afresh"
        ) from error
    saved, wanted = about.get("description", {}), json.loads(json.dumps(description))
    for key, value in wanted.items():
        if about.get("format") != _FORMAT or saved.get(key) != value:
            raise InputError(
                message(
                    f"checkpoint {folder}, {key}",
                    saved.get(key),
                    "a checkpoint resumes only what it was saved from",
                    f"use {value!r}, or another folder",
                )
            )
    history = [EpochRecord.from_plain(record) for record in about["history"]]
    parts: dict[str, dict[str, Tensor]] = {}
    for key, tensor in tensors.items():
        part, _, name = key.partition(".")
        parts.setdefault(part, {})[name] = tensor
    return parts, history
