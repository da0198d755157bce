"""Any learner with any settings that its counts may depend on, on any small network that it can train."""

from __future__ import annotations

import functools
from typing import Any, NamedTuple

import torch
from hypothesis import strategies as st
from pydantic import BaseModel

from mortalff.cards import Card, load_card
from mortalff.data import Split
from mortalff.energy.forms import NetworkPlan
from mortalff.hardware.two_array import TwoArrays
from mortalff.learners import Learner
from mortalff.networks.arrays import CardArrays
from mortalff.networks.local import LocalFields
from mortalff.networks.stage_choice import UnknownStageChoice
from mortalff.studies.registry import find_learner

CLASSES, IMAGE = 3, (4, 4, 1)
NEVER_CLIPS = {"periphery.output_ranging": "none"}  # so that no vector is read again
CARDS = {
    "crossbar": load_card("gokmen_vlasov").replace(**NEVER_CLIPS),
    "pairs": load_card("pcm").replace(**NEVER_CLIPS),
    "digital": load_card("ideal"),
}
BACKWARDS = ("bp", "rbm", "pat", "bp_in_silico")  # what they do, averaged arrays do not offer
DENSE = ("ff_recurrent", "pat", "bp_in_silico")  # local fields have no device for each weight


@functools.cache  # a look-up reads what is installed
def learner_type(name: str) -> type[Learner]:
    return find_learner(name).kind


class Trial(NamedTuple):
    """A learner by name, its settings, a plan, and how much it is to train."""

    learner: str
    settings: Any
    plan: NetworkPlan
    examples: int
    epochs: int

    def build(self) -> Learner:
        """The learner on two chips."""
        kind, plan = learner_type(self.learner), self.plan
        arrays = CardArrays(
            plan.card,
            chips=2,
            activities=plan.activities,
            stage=UnknownStageChoice(strength=1.0) if plan.stage else None,
            scheme=plan.scheme,  # type: ignore[arg-type]  # plans know schemes by their fields
        )
        network = kind.build(arrays, plan.image_shape, plan.hidden, plan.n_classes, self.settings)
        return kind(network, self.settings)

    def data(self) -> Split:
        """Images with labels."""
        images = torch.rand(self.examples, 16, generator=torch.Generator().manual_seed(0))
        return Split(images, torch.arange(self.examples) % CLASSES)


def one_of(*values: object) -> st.SearchStrategy[Any]:
    return st.sampled_from(values)


UPDATE = {
    "smoothing": one_of(0.0, 0.0, 0.0, 0.0, 0.5),
    "weight_decay": one_of(0.0, 0.0, 0.0, 0.0, 0.01),
}
LOCAL_RULE = UPDATE | {
    "goodness": one_of("ssq", "log_ssq"),
    "loss_and_hold": one_of(("logistic", 0.0), ("symba", 0.0), ("symba", 0.6)),
    "pulses": one_of("halves", "difference"),
    "peer": one_of(0.0, 0.03),
    "layers": one_of("learn", "learn", "frozen"),
}
SETTINGS: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    **dict.fromkeys(("bp", "fa", "dfa", "ifa", "drtp", "pepita"), UPDATE),
    "mono_forward": UPDATE
    | {"projection_smoothing": one_of(0.0, 0.5), "projection_decay": one_of(0.0, 0.01)},
    "rbm": UPDATE,
    "ff": LOCAL_RULE
    | {
        "contrast": one_of("label", "hybrid", "pairs", "next_symbol"),
        "negatives": one_of("hard", "random", "rollout"),
        "rollout_steps": st.integers(1, 4),
        "phases": one_of("together", "together", "apart"),
        "phase_batches": st.integers(1, 2),
        "shift": one_of(0, 1),
        "head": st.booleans(),
        "readout_from_layer": one_of(1, 2),
        "silent_layer": st.booleans(),
    },
    "ff_recurrent": LOCAL_RULE
    | {
        "learn": one_of((1, 1), (2, 3)),
        "read": one_of((1, 2), (2, 2)),
        "label_copies": st.integers(1, 3),
        "negatives": one_of("hard", "random"),
    },
    "node_perturbation": UPDATE
    | {
        "antithetic": st.booleans(),
        "draws": st.integers(1, 2),
        "output": one_of("error", "perturbed"),
    },
    "weight_perturbation": UPDATE
    | {"applied": one_of("pulses", "periphery"), "patterns": st.integers(1, 2)},
    "multiplexed": UPDATE | {"sample_time": st.integers(1, 2), "codes": one_of("rank_one", "full")},
    "pat": UPDATE | {"weight_limit": one_of(None, 0.3), "program_every": st.integers(1, 3)},
    "bp_in_silico": UPDATE | {"weight_limit": one_of(None, 0.3)},
}


def settings_of(learner: str, drawn: dict[str, Any], layers: int) -> BaseModel:
    """The learner's settings, what does not go together put right, and what is of no use left out."""
    kind = learner_type(learner).settings_type
    told = {"batch": 3, "lr": 0.01} | drawn
    if "loss_and_hold" in told:
        told["loss"], told["hold"] = told.pop("loss_and_hold")
    if learner == "ff":
        _put_right(told, layers)
    if told.get("applied") == "pulses" or told.get("codes") == "full":
        told["smoothing"] = told["weight_decay"] = 0.0
    fields = kind.model_fields
    return kind.model_validate({k: v for k, v in told.items() if v != fields[k].default})


def _put_right(told: dict[str, Any], layers: int) -> None:
    if told["negatives"] == "rollout":
        told["contrast"] = "next_symbol"
    else:
        del told["rollout_steps"]
    if told["contrast"] in ("hybrid", "pairs"):
        told["head"] = True
        del told["negatives"]
    elif told["negatives"] != "random":
        told["head"] = True
    if told["contrast"] == "next_symbol":
        del told["shift"]
    if told["phases"] == "apart":
        told |= {"loss": "logistic", "hold": 0.0, "pulses": "halves"}
    else:
        del told["phase_batches"]
    if told.pop("silent_layer"):
        told["layer_rates"] = (0.0, *(1.0,) * (layers - 1))


TILES = st.none() | st.integers(1, 9)
DIGITAL_PATH = st.fixed_dictionaries(
    {
        "tiling.rows_max": TILES,
        "tiling.columns_max": TILES,
        "tiling.partial_sums": one_of("digital", "analog"),
        "periphery.input_slice_bits": st.none() | st.integers(1, 6),
        "periphery.weight_mapping": one_of("differential", "offset"),
        "periphery.reference_subtraction": one_of("digital", "analog"),
    }
)
ANALOG_PATH = st.fixed_dictionaries(
    {
        "tiling.rows_max": TILES,
        "tiling.columns_max": TILES,
        "tiling.partial_sums": st.just("analog"),
        "periphery.weight_mapping": one_of("differential", "offset"),
        "periphery.reference_subtraction": st.just("analog"),
    }
)
HIDDEN = (
    st.lists(st.integers(1, 6), min_size=1, max_size=3)
    .map(tuple)
    .filter(lambda widths: sum(widths) > 1)
)
LOCAL = one_of(
    (LocalFields(field=3, channels=2),),
    (LocalFields(field=2, stride=2, channels=1), 4),
    (
        LocalFields(field=2, edges="truncated", stride=3, channels=2),
        LocalFields(field=2, channels=2),
    ),
)


@st.composite
def trials(draw: st.DrawFn, learner: str) -> Trial:
    """A trial of a learner."""
    drawn = draw(st.fixed_dictionaries(SETTINGS[learner]))
    local = learner not in DENSE and drawn.get("codes") != "full" and draw(st.integers(0, 3)) == 0
    hidden = draw(LOCAL if local else HIDDEN)
    settings = settings_of(learner, drawn, len(hidden))
    kept = settings.smoothing > 0.0 or settings.weight_decay > 0.0
    if kept and learner not in ("pat", "bp_in_silico"):
        card, activities, scheme = CARDS["digital"], "digital", None
    else:
        backwards = learner in BACKWARDS or drawn.get("codes") == "full"
        card, activities, scheme = draw(chips(learner == "ff", backwards, not local))
    plan = NetworkPlan(card, IMAGE, hidden, CLASSES, activities, scheme, draw(st.booleans()))
    return Trial(learner, settings, plan, draw(st.integers(1, 8)), draw(st.integers(1, 2)))


@st.composite
def chips(
    draw: st.DrawFn, may_be_analog: bool, backwards: bool, may_take_lines: bool
) -> tuple[Card, str, TwoArrays | None]:
    """A card of any kind, what passes between layers, and a scheme."""
    kind = draw(one_of(*CARDS))
    if kind == "digital":
        return CARDS[kind], "digital", draw(schemes(backwards, may_take_lines))
    activities = draw(one_of("digital", "analog")) if may_be_analog else "digital"
    changes = draw(DIGITAL_PATH if activities == "digital" else ANALOG_PATH)
    if kind == "pairs":
        changes["cell.refresh_every"] = draw(st.integers(0, 3))
    scheme = draw(schemes(backwards, may_take_lines)) if activities == "digital" else None
    return CARDS[kind].replace(**changes), activities, scheme


def schemes(backwards: bool, may_take_lines: bool) -> st.SearchStrategy[TwoArrays | None]:
    """No scheme, or two arrays of any kind; some lines a transfer only where all arrays have as many."""
    told = {
        "every": st.integers(1, 3),
        "lines": one_of(None, 1, 2) if may_take_lines else st.none(),
        "reads": st.integers(1, 2),
        "gamma": one_of(0.0, 0.5),
        "rest": one_of(0.0, 0.1),
        "settle": one_of(0.0, 0.1),
        "devices": st.just(1) if backwards else st.integers(1, 2),
    }
    return st.none() | st.builds(TwoArrays, **told)
