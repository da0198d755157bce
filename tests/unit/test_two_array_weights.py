"""Two arrays that rest beside zero: a probe sees the weights of forward passes; states know their settings."""

from __future__ import annotations

import pytest
import torch

from mortalff import fabricate, load_card
from mortalff.errors import InputError
from mortalff.hardware.transfer_array import TransferArray
from mortalff.hardware.two_array import TwoArrays


def _arrays(**settings: float) -> TransferArray:
    fast, slow = (fabricate(load_card("ideal"), n_out=3, n_in=5, seed=seed) for seed in (1, 2))
    return TransferArray(fast, slow, TwoArrays.model_validate(settings))


@pytest.mark.parametrize("gamma", [0.0, 0.5])
def test_what_is_programmed_is_what_forward_passes_have_and_what_is_read(gamma: float) -> None:
    arrays = _arrays(rest=0.3, gamma=gamma)
    arrays.pulse(torch.rand(4, 5), torch.rand(4, 3), 0.1)
    wanted = torch.rand(3, 5)
    probe = arrays.probe()
    probe.program(wanted)
    torch.testing.assert_close(probe.read_weights()[0], wanted)
    torch.testing.assert_close(arrays.forward(torch.eye(5))[0].T, wanted)
    torch.testing.assert_close(probe.forward_transposed(torch.eye(3))[0], wanted)


def test_a_state_is_of_its_settings() -> None:
    state = _arrays(fast_rate=2.0).state_dict()
    _arrays(fast_rate=2.0).load_state_dict(state)
    with pytest.raises(InputError, match="settings it was saved with"):
        _arrays(fast_rate=3.0).load_state_dict(state)
