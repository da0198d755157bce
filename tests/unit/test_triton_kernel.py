"""The fused Triton kernel computes what plain torch does, law by law: by Triton's interpreter, and on a GPU."""

from __future__ import annotations

import importlib
import sys
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

import pytest
import torch
from torch import Tensor

from mortalff import philox
from mortalff.cards import Card, Pulses
from mortalff.hardware import fused_update, mover
from mortalff.hardware.device_array import DeviceArray
from mortalff.hardware.fused_update import FusedUpdate, Precision
from mortalff.hardware.law_terms import law_terms
from mortalff.hardware.mover import PulseBatch
from mortalff.hardware.pulse_references import fast_update_reference, hits_reference
from mortalff.hardware.step_kernels import MULTIPLICATIVE, POWER
from mortalff.physics.law import Law
from mortalff.physics.pulse_trains import Trains, expected_coincidences, pulse_trains
from mortalff.seeds import Seeds
from mortalff.streams import Stream
from tests.strategies.devices import LAWS, made_up

pytestmark = pytest.mark.skipif(
    find_spec("triton") is None, reason="Triton is not installed (pip install triton)"
)
CHIPS, N_OUT, N_IN = 2, 3, 9
KERNEL = (
    "mortalff.philox_triton",
    "mortalff.hardware.triton_steps",
    "mortalff.hardware.triton_kernel",
)
CALL, SEEN_CALL, SEEN_STD = 7, 3, 0.1


@pytest.fixture(params=["interpreter", "gpu"])
def device(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> torch.device:
    """Where the kernel runs: as numpy on a CPU, or compiled on a GPU where there is one."""
    if request.param == "gpu":
        if not torch.cuda.is_available():
            pytest.skip("there is no GPU")
        return torch.device("cuda")
    request.getfixturevalue("interpreted")
    for name in KERNEL:
        monkeypatch.setitem(sys.modules, name, request.getfixturevalue("interpreted")[name])
    return torch.device("cpu")


@pytest.fixture(scope="module")
def interpreted() -> dict[str, ModuleType]:
    """The kernel's modules as Triton's interpreter takes them; those of this process stay as they are."""
    importlib.import_module("triton.language")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRITON_INTERPRET", "1")  # read when a function is decorated
        for name in KERNEL:
            patch.delitem(sys.modules, name, raising=False)
        modules = {name: importlib.import_module(name) for name in KERNEL}
        for name in KERNEL:
            del sys.modules[name]
    return modules


@dataclass(frozen=True)
class Result:
    """Weights, what is seen of devices, and the pulses they got."""

    w: Tensor
    seen: Tensor
    hits: Tensor


@dataclass(frozen=True)
class Case:
    """Devices and a batch of trains, on one torch device."""

    law: Law
    before: Tensor
    trains: Trains
    noise: Stream
    seen: Stream

    def fused(self, only: int = 0, marks: bool = False, precision: Precision = "ieee") -> Result:
        """What the kernel gives."""
        terms = law_terms(self.law)
        assert terms is not None
        kernel = FusedUpdate(terms, self.noise, self.seen, SEEN_STD, precision)
        w, shown = self.before.clone(), torch.full_like(self.before, 9.0)
        hits = kernel.move(
            w, self.trains, only, CALL, shown if marks else None, SEEN_CALL, counts=marks
        )
        assert (hits is None) == (not marks)
        return Result(w, shown, torch.zeros_like(w) if hits is None else hits)

    def plain(self, only: int = 0, marks: bool = False) -> Result:
        """What plain torch gives."""
        up, down = expected_coincidences(self.trains)
        if only != 0:
            up, down = (up if only > 0 else down), None
        w, shown = self.before.clone(), torch.full_like(self.before, 9.0)
        hits = torch.zeros_like(w)
        if marks:
            hits = hits_reference(up, down, self.seen.uniform(*w.shape[1:], call=SEEN_CALL))
        reached = hits > 0 if marks else None
        fast_update_reference(w, self.law, up, down, self.noise, CALL, reached)
        if reached is not None:
            xi = self.seen.normal(*w.shape[1:], call=SEEN_CALL, sub=1)
            drawn = reached & (self.law.w_min < self.law.w_max)
            shown = torch.where(drawn, w + SEEN_STD * xi, shown)
        return Result(w, shown, hits)


def case(
    device: torch.device,
    card: Card,
    shape: tuple[int, int] = (N_OUT, N_IN),
    *,
    directions: str = "both",
    shared: bool = True,
    chips: tuple[int, ...] = tuple(range(CHIPS)),
    batch: int = 5,
    lr: float = 0.03,
) -> Case:
    """Weights all over the range, some at the bounds; some devices get no pulse."""
    generator = torch.Generator().manual_seed(shape[1])
    which = [0] if shared else list(chips)
    x = torch.randn(max(which) + 1, batch, shape[1], generator=generator)[which]
    d = torch.randn(max(which) + 1, batch, shape[0], generator=generator)[which]
    x[:, :, 1::7], d[:, :, 0] = 0.0, d[:, :, 0].abs()
    x = x if directions == "both" else x.abs()
    d = {"up": d.abs(), "down": -d.abs(), "none": 0.0 * d}.get(directions, d)
    noise, seen = (
        Stream(Seeds.of(0), name, chips, device) for name in ("pulse_noise", "write_noise")
    )
    law = DeviceArray(card, *shape, chips, Seeds.of(0), device).law
    share = torch.rand(max(chips) + 1, *shape, generator=generator)[list(chips)]
    share[:, 0, 0], share[:, -1, -1] = 0.0, 1.0
    before = torch.lerp(law.w_min, law.w_max, share.to(device))
    trains = pulse_trains(x.to(device), d.to(device), lr, 0.001, Pulses())
    return Case(law, before, trains, noise, seen)


def assert_alike(fused: Result, plain: Result, tolerance: float = 2e-6) -> None:
    torch.testing.assert_close(fused.w, plain.w, rtol=tolerance, atol=tolerance)
    assert torch.equal(fused.hits > 0, plain.hits > 0)
    # A number next to an integer may be rounded down to the one before.
    assert (fused.hits - plain.hits).abs().max() <= 1.0
    torch.testing.assert_close(fused.seen, plain.seen, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("law", LAWS)
def test_every_law_moves_as_in_plain_torch(device: torch.device, law: str) -> None:
    own = case(device, made_up(law))
    fused = own.fused()
    assert_alike(fused, own.plain())
    assert (fused.w - own.before).abs().max() > 1e-3
    assert bool((fused.w >= own.law.w_min).all())
    assert bool((fused.w <= own.law.w_max).all())


@pytest.mark.parametrize("law", ["SoftBounds additive", "ExpStep complex", "PiecewiseStep"])
def test_whom_pulses_reached(device: torch.device, law: str) -> None:
    """Only these move and are seen anew, in the numbers that plain torch draws."""
    own = case(device, made_up(law), (4, 33), lr=0.0005, shared=False)
    fused = own.fused(marks=True)
    assert_alike(fused, own.plain(marks=True), 1e-5)
    left = fused.hits == 0
    assert 0.1 < float(left.float().mean()) < 0.9
    assert torch.equal(fused.w[left], own.before[left])
    assert bool((fused.seen[left] == 9.0).all())
    assert fused.hits.max() >= 2.0


@pytest.mark.parametrize("shared", [True, False], ids=["shared", "own"])
@pytest.mark.parametrize(
    ("shape", "batch"), [((1, 1), 1), ((2, 2), 16), ((5, 4), 17), ((65, 5), 3), ((3, 130), 33)]
)
def test_sizes(device: torch.device, shape: tuple[int, int], batch: int, shared: bool) -> None:
    own = case(device, made_up("LinearStep"), shape, shared=shared, batch=batch)
    assert_alike(own.fused(marks=True), own.plain(marks=True), 1e-5)


@pytest.mark.parametrize("only", [1, -1])
@pytest.mark.parametrize("directions", ["up", "down", "both"])
def test_pairs_take_the_coincidences_of_one_sign(
    device: torch.device, only: int, directions: str
) -> None:
    own = case(device, made_up("PowStep"), directions=directions)
    fused = own.fused(only, marks=True)
    assert_alike(fused, own.plain(only, marks=True), 1e-5)
    if {"up": 1, "down": -1}.get(directions, only) == only:
        assert (fused.w - own.before).abs().max() > 1e-3
    else:
        assert torch.equal(fused.w, own.before)


@pytest.mark.parametrize("marks", [False, True])
def test_nothing_asked_moves_nothing(device: torch.device, marks: bool) -> None:
    own = case(device, made_up("SoftBoundsReference"), directions="none")
    fused = own.fused(marks=marks)
    assert torch.equal(fused.w, own.before)
    assert not bool(fused.hits.any())
    assert bool((fused.seen == 9.0).all())


def test_devices_without_a_range_stay(device: torch.device) -> None:
    for law in LAWS:
        if "ExpStep" in law or "Reference" in law:
            continue  # whose constants do not depend on the bounds alone
        own = case(device, made_up(law), (3, 5))
        terms = law_terms(own.law)
        assert terms is not None
        stuck = torch.rand(own.before.shape, generator=torch.Generator().manual_seed(0)) < 0.5
        high = torch.where(stuck.to(device), terms.low, terms.high)
        kernel = FusedUpdate(replace(terms, high=high), own.noise, own.seen, SEEN_STD, "ieee")
        w = torch.minimum(own.before, high)
        before, shown = w.clone(), torch.full_like(w, 9.0)
        kernel.move(w, own.trains, 0, CALL, shown, SEEN_CALL)
        still = stuck.to(device)
        assert torch.equal(w[still], before[still]), law
        assert bool((shown[still] == 9.0).all()), law
        assert not torch.equal(w[~still], before[~still]), law


def test_a_chip_does_not_see_those_beside_it(device: torch.device) -> None:
    card = made_up("SoftBounds")
    both = case(device, card, shared=False).fused(marks=True)
    alone = case(device, card, shared=False, chips=(1,)).fused(marks=True)
    for own, beside in ((alone.w, both.w), (alone.seen, both.seen), (alone.hits, both.hits)):
        assert torch.equal(own[0], beside[1])


def test_calls_beyond_31_bits(device: torch.device) -> None:
    own = case(device, made_up(), (2, 3))
    terms = law_terms(own.law)
    assert terms is not None
    for call in (1, 16, 2**31 + 5, 2**32 - 1):
        fused, plain = own.before.clone(), own.before.clone()
        FusedUpdate(terms, own.noise, own.seen, 0.0, "ieee").move(fused, own.trains, 0, call)
        up, down = expected_coincidences(own.trains)
        fast_update_reference(plain, own.law, up, down, own.noise, call)
        torch.testing.assert_close(fused, plain, rtol=2e-6, atol=2e-6)


@pytest.mark.parametrize(("rows", "columns"), [(1, 1), (3, 6), (2, 785), (700, 4)])
def test_streams(device: torch.device, rows: int, columns: int) -> None:
    """Numbers by themselves, as a read draws them."""
    module = sys.modules.get("mortalff.philox_triton") or importlib.import_module(
        "mortalff.philox_triton"
    )
    keys = Stream(Seeds.of(1), "read_noise", (0, 7), device).keys
    there = torch.from_numpy(keys.view("int64")).to(device)
    for call, sub in ((0, 0), (1, 1), (2**32 - 1, 16)):
        place = (call, sub, rows, columns)
        for normal, plain in ((True, philox.normals), (False, philox.uniforms)):
            own = module.filled(there, *place, normal=normal).cpu()
            expected = plain(keys, *place, torch.device("cpu"))
            torch.testing.assert_close(own, expected, rtol=1e-5 * normal, atol=1e-6 * normal)


@pytest.mark.parametrize(("precision", "tolerance"), [("tf32x3", 1e-5), ("tf32", 2e-3)])
def test_precision_of_tensor_cores(precision: Precision, tolerance: float) -> None:
    if not torch.cuda.is_available():
        pytest.skip("there is no GPU")
    own = case(torch.device("cuda"), made_up("SoftBounds"), (130, 300), batch=100)
    fused, plain = own.fused(precision=precision), own.plain()
    assert (fused.w - plain.w).abs().max() < tolerance * (plain.w - own.before).abs().max()


@pytest.mark.parametrize("capability", [80, 90])
@pytest.mark.parametrize("marks", [False, True])
def test_it_compiles_without_a_gpu(
    capability: int, marks: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For Ampere and Hopper; what the interpreter takes, the compiler may refuse."""
    import triton
    from triton.backends.compiler import GPUTarget
    from triton.compiler import ASTSource

    from mortalff.hardware.triton_kernel import update

    monkeypatch.setenv("TRITON_CACHE_DIR", str(tmp_path))
    numbers = {"batch", "call", "seen_call", "n_out", "n_in", "blocks_out", "blocks_in"}
    numbers |= {"rows_apart", "columns_apart", "slots_apart"}
    constants: dict[str, object] = {name: 16 for name in update.arg_names if "BLOCK_" in name}
    constants |= {"KIND": POWER, "NOISE": MULTIPLICATIVE, "LAST_UP": 0, "LAST_DOWN": 0, "ONLY": 0}
    constants |= {"HITS": marks, "SEEN": marks, "PRECISION": "tf32x3"}
    signature = dict.fromkeys(update.arg_names, "*fp32")
    signature |= dict.fromkeys(constants, "constexpr")
    signature |= {"cycle": "fp32", "seen_std": "fp32", "keys": "*i64", "seen_keys": "*i64"}
    signature |= dict.fromkeys(numbers, "i32")
    compiled = triton.compile(
        ASTSource(update, signature=signature, constexprs=constants),
        target=GPUTarget("cuda", capability, 32),
        options={"num_warps": 4, "enable_fp_fusion": True},
    )
    assert f".target sm_{capability}" in compiled.asm["ptx"]
    assert len(compiled.asm["cubin"]) > 1000


@pytest.mark.parametrize("noisy", [False, True])
def test_arrays_of_devices_use_it(
    device: torch.device, noisy: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is seen, ages and wears as without it, by a law whose steps are no line, which a CPU would follow."""
    card = made_up("PowStep", variability={"write_noise_std": 2.0} if noisy else {})
    if noisy:
        endurance = {"value": 3.0, "unit": "1", "source": "test"}
        card = card.replace(**{"time.drift_nu": 0.2, "faults.endurance_pulses": endurance})
    seeds, chips = Seeds.of(3), (0, 4)
    if device.type == "cpu":

        def made(law: Law, noise: Stream, seen: Stream, std: float) -> FusedUpdate:
            terms = law_terms(law)
            assert terms is not None
            return FusedUpdate(terms, noise, seen, std)

        monkeypatch.setattr(mover, "fused_update", made)
    with_kernel = DeviceArray(card, 3, 9, chips, seeds, device)
    monkeypatch.setattr(mover, "fused_update", lambda *_: None)
    plain = DeviceArray(card, 3, 9, chips, seeds, torch.device("cpu"))
    trains = case(torch.device("cpu"), card, lr=0.005).trains
    for only in (0, 1, 0):
        for array in (with_kernel, plain):
            there = Trains(*(t.to(array.seen().device) for t in vars(trains).values()))
            array.pulse(PulseBatch(there, (), (array.streams()[0], 0)), only)
            array.advance(10.0)
        torch.testing.assert_close(with_kernel.seen().cpu(), plain.seen(), rtol=1e-5, atol=1e-5)
    assert plain.seen().abs().max() > 1e-3
    for name, tensor in plain.state().items():
        torch.testing.assert_close(with_kernel.state()[name].cpu(), tensor, rtol=1e-5, atol=1e-5)


def test_where_the_kernel_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    own = case(torch.device("cpu"), made_up())
    make = fused_update.fused_update
    assert make(own.law, own.noise, own.seen, 0.0) is None  # which numba serves
    if not torch.cuda.is_available():
        pytest.skip("there is no GPU")
    own = case(torch.device("cuda"), made_up())
    assert isinstance(make(own.law, own.noise, own.seen, 0.0), FusedUpdate)
    monkeypatch.setattr(fused_update, "has_triton", lambda: False)
    assert make(own.law, own.noise, own.seen, 0.0) is None
