"""The order of the rooms: imports run downwards only, and a room that has a front door is entered through it."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

# From the ground up. A file at the top of a package is a room of its own. Rooms of one floor do not know each other: no
# page uses what belongs to another page.
FLOORS = (
    {"backprop.errors", "backprop.streams"},
    {"backprop.checks"},
    {"backprop.functions"},
    {"backprop.layer"},
    {"backprop.network", "backprop.data"},
    {"backprop.heads"},
    {"backprop.experiment"},
    {"backprop.links", "backprop.diagnosis"},
    {"backprop.training"},
    {"backprop.explain"},
    {"backprop.studies"},
    {"backprop"},
    {"ui.charts", "ui.labels", "ui.palette", "ui.sentences", "ui.component", "ui.notice"},
    {"ui.live", "ui.live_view", "ui.settings_panel"},
    {"ui.click_watch", "ui.workspace"},
    {f"ui.{page.stem}" for page in (ROOT / "pages").glob("*.py")},
    {"ui.first_paint", "ui.security_headers", "ui.server_start"},
    {"ui"},
    {"pages"},
)
FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
FILES = [path for top in ("backprop", "ui", "pages") for path in sorted((ROOT / top).rglob("*.py"))]


def module_of(path: Path) -> str:
    """``backprop/data/__init__.py`` is ``backprop.data``."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def room_of(module: str) -> str:
    """The room that a module stands in, or the package whose front door it is."""
    top = module.split(".")[0]
    return top if top == "pages" else ".".join(module.split(".")[:2])


def imports_of(path: Path) -> Iterator[str]:
    """The modules that a file imports; a name out of a package that is a module itself counts as that module."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "an import names its module in full"
            module = node.module or ""
            for alias in node.names:
                inner = ROOT.joinpath(*module.split("."), alias.name)
                yield f"{module}.{alias.name}" if inner.is_dir() or inner.with_suffix(".py").exists() else module


def door_of(room: str) -> set[str]:
    """What a room's ``__init__.py`` offers to others; nothing for a room without a front door."""
    door = ROOT.joinpath(*room.split("."), "__init__.py")
    if "." not in room or not door.exists():
        return set()
    statements = ast.parse(door.read_text(encoding="utf-8")).body
    lists = [
        node.value for node in statements if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
    ]
    return {name for offered in lists for name in ast.literal_eval(offered)}


@pytest.mark.parametrize("path", FILES, ids=module_of)
def test_imports_run_downwards(path: Path) -> None:
    module = module_of(path)
    room = room_of(module)
    for target in imports_of(path):
        if target.split(".")[0] in ("backprop", "ui", "pages") and room_of(target) != room:
            assert FLOOR[room_of(target)] < FLOOR[room], f"{module} imports {target}"


@pytest.mark.parametrize("path", FILES, ids=module_of)
def test_a_room_is_entered_through_its_front_door(path: Path) -> None:
    module = module_of(path)
    for target in imports_of(path):
        room = room_of(target)
        if room != room_of(module) and (door := door_of(room)):
            name = target.removeprefix(room).removeprefix(".")
            assert not name or name in door, f"{module} reaches into {room} for {target}"


def test_every_room_stands_on_a_floor_and_says_what_lives_there() -> None:
    assert {room_of(module_of(path)) for path in FILES} == set(FLOOR)
    for path in FILES:
        if path.name == "__init__.py":
            text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
            assert text, f"{module_of(path)} does not say what lives there"


def test_some_rooms_have_a_door() -> None:
    assert {room for room in FLOOR if door_of(room)} >= {"backprop.functions", "backprop.diagnosis", "ui.live_view"}


@pytest.mark.parametrize("path", [path for path in FILES if "backprop" in path.parts], ids=module_of)
def test_the_core_imports_numpy_and_the_standard_library_only(path: Path) -> None:
    allowed = {"numpy", "backprop", *sys.stdlib_module_names}
    assert {target.split(".")[0] for target in imports_of(path)} <= allowed
