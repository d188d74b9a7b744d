"""Names in the menus: every registry entry has one, and what a menu offers can be chosen."""

from __future__ import annotations

from typing import Any

import pytest

from backprop import ACTIVATIONS, INITIALIZERS, SURROGATES, Layer
from ui.labels import layer_options

MENUS = {"activations": "activation", "backwards": "backward", "initializers": "initializer"}


@pytest.mark.parametrize(("menu", "field"), MENUS.items())
def test_whatever_a_menu_offers_makes_a_layer(menu: str, field: str) -> None:
    options = layer_options()[menu]
    for option in options:
        assert option["label"]
        choice: dict[str, Any] = {field: option["name"]}
        assert getattr(Layer(4, **choice), field) == option["name"]
        if option["parameters"]:  # as the parameter fields of a card write it
            spec = f"{option['name']}({','.join(f'{value:g}' for value in option['parameters'].values())})"
            choice = {field: spec}
            assert getattr(Layer(4, **choice), field) == spec
    assert len({option["label"] for option in options}) == len({option["name"] for option in options}) == len(options)


def _groups(options: dict[str, Any]) -> list[str]:
    return list(dict.fromkeys(option["group"] for option in options["backwards"]))


def test_the_menus_offer_all_there_is() -> None:
    options = layer_options()
    assert set(options) == set(MENUS)
    assert {option["name"] for option in options["activations"]} == set(ACTIVATIONS)
    elementwise = {name for name, activation in ACTIVATIONS.items() if activation.elementwise}
    assert {option["name"] for option in options["backwards"]} == {None, *SURROGATES, *elementwise}
    assert {option["group"] for option in options["activations"]} == {""}
    groups = {group: [o["name"] for o in options["backwards"] if o["group"] == group] for group in _groups(options)}
    assert list(groups) == ["", "surrogates", "slopes of other activations"]
    assert groups[""] == [None]
    assert set(groups["surrogates"]) == set(SURROGATES)
    assert {option["name"] for option in options["initializers"]} == {"auto", *INITIALIZERS}


def test_what_a_new_layer_has_comes_first() -> None:
    options, layer = layer_options(), Layer(1)
    assert (options["backwards"][0]["name"], options["initializers"][0]["name"]) == (layer.backward, layer.initializer)
