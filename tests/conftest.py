"""Settings of the whole suite."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import pytest
from hypothesis import settings

import benchmarks  # noqa: F401 - sets BLAS to one thread, before NumPy is imported: on a busy machine several only wait

# The same examples in every run: a test fails because the code has changed, never by chance. No time limit per
# example, since the first call into BLAS on a busy machine says nothing about the code.
settings.register_profile("suite", derandomize=True, deadline=None, database=None, max_examples=60)
settings.load_profile("suite")


@pytest.fixture(autouse=True, scope="session")
def _scan_packages_once() -> Iterator[None]:
    """Every AppTest looks for components in all installed packages, which would take most of its time."""
    from streamlit.components.v2 import manifest_scanner  # not above: it brings NumPy

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", cache(manifest_scanner.scan_component_manifests))
        yield
