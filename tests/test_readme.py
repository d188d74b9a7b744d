"""The README keeps its promises: its example runs, and CI runs its test command to the letter."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from backprop import Experiment, Layer, Trainer
from benchmarks.diagnosis_cases import healthy_cases, sick_cases

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def _blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def test_the_example_runs(capsys: pytest.CaptureFixture[str]) -> None:
    (example,) = _blocks("python")
    assert len([line for line in example.splitlines() if line.strip()]) <= 12
    names: dict[str, object] = {}
    exec(example, names)
    error = float(capsys.readouterr().out.splitlines()[-1])
    assert 0.01 < error < 1  # the surrogate makes the gradient differ from the true one, as the comment says


def test_ci_runs_the_test_command_of_the_readme() -> None:
    start, test = (block.strip() for block in _blocks("bash"))
    assert start.endswith("streamlit run app.py")
    assert test in (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()


def test_the_files_that_the_readme_names_exist() -> None:
    prose = re.sub(r"```.*?```", "", README, flags=re.DOTALL)
    for name in re.findall(r"\]\(([^):]+)\)", prose):
        assert (ROOT / name).exists(), name


def test_the_finding_that_the_readme_quotes_is_what_the_core_says() -> None:
    layers = (Layer(8, "relu"), Layer(8, "relu"), Layer(1, "sigmoid"))
    trainer = Trainer(Experiment(dataset="circle", layers=layers, optimizer="sgd", learning_rate=5.0))
    trainer.step(1000)
    [finding] = trainer.verdicts()
    assert f'"{finding.heading}. {finding.text}"' in " ".join(README.split())
    assert {symptom.kind for symptom in finding.symptoms} == {"dead", "vanishing"}


def test_the_readme_counts_the_networks_that_the_diagnosis_is_measured_on() -> None:
    assert f"on {len(sick_cases())} sick and {len(healthy_cases())} healthy networks" in " ".join(README.split())
