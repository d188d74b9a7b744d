"""What the browser draws: diagram, tables and strip of steps as plain data, with the numbers as text."""

from __future__ import annotations

from typing import Any

from backprop.data import feature_label
from backprop.explain.factors import signal_path
from backprop.explain.walkthrough import BIASES, LOSS, PHI, WEIGHTS, A, Cell, Quantity, Step, Z
from ui.chain_rule.names import plain_name, role
from ui.chain_rule.numbers import plain
from ui.chain_rule.study import Study

_Data = dict[str, Any]
_BIAS = -1  # in place of a weight's source: the bias


def strip(study: Study) -> _Data:
    """The steps as chips, and which of them is current."""
    return {
        "position": study.position,
        "chips": [
            {"label": _chip(step), "title": title(step, study), "forward": step.is_forward} for step in study.steps
        ],
    }


def title(step: Step, study: Study) -> str:
    """A step in words."""
    network = study.network
    label = network.activations[step.layer - 1].label
    layer = f"layer {step.layer}"
    if step.kind == Z:
        return f"{layer}: pre-activations, weights times what comes in, plus bias"
    if step.kind == A:
        return f"{layer}: through its own activation, {label}"
    if step.kind == LOSS:
        return f"the loss: {network.loss.label}"
    if step.kind == WEIGHTS:
        return f"{layer}: gradient of the weights, its error signal times what came in"
    if step.kind == BIASES:
        return f"{layer}: gradient of the biases, its error signal summed over the batch"
    if step.equation == 1:
        return f"{layer}: the error signal starts, slope of the loss times slope of {label}"
    g = network.backwards[step.layer - 1].label
    return f"{layer}: what comes back from layer {step.layer + 1}, times this layer's own slope ({g})"


def tables(study: Study) -> list[_Data]:
    """The operands of the current step and its result, with the cells of the current entry marked."""
    step = study.step
    used = step.entry(study.row, study.column).cells
    if step.cancels:
        used += (Cell(2, study.row, study.column), Cell(3, study.row, study.column))
    if step.kind == LOSS:
        units = range(step.operands[0].values.shape[1])
        used += tuple(Cell(which, n, i) for which in (0, 1) for n in range(study.batch) for i in units)
    found = [
        _table(quantity, step, [(c.row, c.column) for c in used if c.operand == number])
        for number, quantity in enumerate(step.operands)
    ]
    return [*found, {**_table(step.result, step, [(study.row, study.column)]), "result": True}]


def _table(quantity: Quantity, step: Step, marked: list[tuple[int, int]]) -> _Data:
    values = quantity.values
    if quantity.kind == "jacobian":  # the row of the current entry's sample
        first = min(row for row, _ in marked)
        values, marked = values[first : first + values.shape[1]], [(row - first, column) for row, column in marked]
    name = plain_name(quantity)
    if quantity.kind == "slope" and step.equation == 1:
        name = name.replace("g", "f").replace("(", "′(", 1)
    return {
        "name": name,
        "role": role(quantity.kind),
        "note": _note(quantity),
        "rows": [[plain(float(value)) for value in row] for row in values],
        "marked": [list(cell) for cell in dict.fromkeys(marked)],
        "result": False,
    }


def _note(quantity: Quantity) -> str:
    """What rows and columns are, unless they are samples and units."""
    if quantity.kind in ("weights", "weight_gradients"):
        return "row: receiving unit"
    if quantity.kind in ("biases", "bias_gradients", "loss"):
        return ""
    if quantity.kind == "jacobian":
        return "row: a, column: z"
    return "row: sample" if len(quantity.values) > 1 else ""


# --- diagram ---------------------------------------------------------------------------------------------------------


def diagram(study: Study) -> _Data:
    """The units with the numbers reached so far, the connections with their weights, and the parts of the current
    entry.
    """
    sample = _shown_sample(study)
    done = {(step.kind, step.layer) for step in study.steps[: study.position + 1]}
    walk, network = study.walkthrough, study.network
    columns = [_inputs(study, sample)]
    for index, layer in enumerate(network.layers):
        units = [_unit(study, index, unit, sample, done) for unit in range(layer.units)]
        activation = network.activations[index].label
        columns.append({"title": f"layer {index + 1}", "sub": activation, "units": units})
    links = [
        [[{"w": plain(w), "sign": (w > 0) - (w < 0), "size": abs(w)} for w in row] for row in weights.tolist()]
        for weights in network.weights
    ]
    gradients = [
        [[plain(g) for g in row] for row in walk.grads.weights[index].tolist()]
        if (WEIGHTS, index + 1) in done
        else None
        for index in range(len(links))
    ]
    return {
        "columns": columns,
        "links": links,
        "gradients": gradients,
        "biases": [[plain(b) for b in biases.tolist()] for biases in network.biases],
        "loss": plain(walk.grads.loss) if (LOSS, len(links)) in done else None,
        "lossName": network.loss.label,
        "caption": _caption(study, sample),
        "marks": _marks(study),
        "path": _path(study),
    }


def _shown_sample(study: Study) -> int:
    """Which row of the batch the units show: that of the current entry, if the rows are samples."""
    return study.row if study.step.kind in (Z, A, PHI) else 0


def _caption(study: Study, sample: int) -> str:
    number = study.indices[sample] + 1
    if study.batch == 1:
        return f"sample {number}"
    return f"units show sample {number}, row {sample + 1} of the batch of {study.batch}"


def _inputs(study: Study, sample: int) -> _Data:
    names = [feature_label(name) for name in study.experiment.features]
    units = [
        {"name": name, "value": plain(float(value)), "tone": float(value), "kind": "a"}
        for name, value in zip(names, study.walkthrough.trace.a[0][sample], strict=True)
    ]
    return {"title": "inputs", "sub": "a⁰ = x", "units": units}


def _unit(study: Study, index: int, unit: int, sample: int, done: set[tuple[str, int]]) -> _Data:
    walk, layer = study.walkthrough, index + 1
    shown: _Data = {"name": f"unit {unit + 1}", "value": None, "tone": 0.0, "kind": "z", "phi": None}
    if (Z, layer) in done:
        shown["value"] = plain(float(walk.trace.z[index][sample, unit]))
    if (A, layer) in done:
        a = float(walk.trace.a[layer][sample, unit])
        shown.update(value=plain(a), tone=a, kind="a")
    if (PHI, layer) in done:
        shown["phi"] = plain(float(walk.grads.phi[index][sample, unit]))
    return shown


def _marks(study: Study) -> _Data:
    """Units as [column, unit, role, is result], connections as [layer, unit, source, role, is result]; and the loss."""
    step = study.step
    marks: _Data = {"units": [], "links": [], "loss": step.kind == LOSS or step.equation == 1}
    entry = step.entry(study.row, study.column)
    for cell in entry.cells:
        _mark(marks, step.operands[cell.operand], cell.row, cell.column, False)
    if step.kind == LOSS:
        for unit in range(step.operands[0].values.shape[1]):
            _mark(marks, step.operands[0], 0, unit, False)
    _mark(marks, step.result, study.row, study.column, True)
    return marks


def _mark(marks: _Data, quantity: Quantity, row: int, column: int, result: bool) -> None:
    kind, layer, color = quantity.kind, quantity.layer, role(quantity.kind)
    if kind in ("weights", "weight_gradients"):
        mark, where = [layer, row, column, color, result], "links"
    elif kind in ("biases", "bias_gradients"):
        mark, where = [layer, column, _BIAS, color, result], "links"
    elif kind in ("a", "z", "phi", "slope", "jacobian", "loss_gradient"):
        mark, where = [layer, column, color, result], "units"
    else:
        return
    if mark not in marks[where]:
        marks[where].append(mark)


def _path(study: Study) -> _Data | None:
    """The chosen weight and the connections on which the error signal reaches it; the strongest of each layer counts as
    1.
    """
    weight = study.weight
    if weight is None:
        return None
    layers = []
    for carried in signal_path(study.walkthrough, weight):
        largest = float(carried.max())
        share = carried / largest if 0 < largest < float("inf") else carried * 0
        layers.append([[round(float(value), 3) for value in row] for row in share])
    source = _BIAS if weight.source is None else weight.source
    return {"weight": [weight.layer, weight.unit, source], "layers": layers}


def _chip(step: Step) -> str:
    name = plain_name(step.result)
    return name.replace("∂L/∂", "∂") if step.kind in (WEIGHTS, BIASES) else name
