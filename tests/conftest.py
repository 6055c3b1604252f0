"""What holds for every test: how thoroughly laws are tried. Fixtures of one floor live in that floor's conftest.

The network is closed beyond loopback by pytest-socket, and every test ends within five minutes: both in pyproject.toml.
"""

import os

import pytest
from hypothesis import HealthCheck, settings

from tests.llm.endpoint import endpoint, endpoint_aside

__all__ = ["endpoint", "endpoint_aside"]  # a model's service on this machine, for every folder

# No deadline per example: the machines that run this are shared, and the limit of five minutes catches what hangs.
# CI tries each law often and always the same way, so that a red run can be repeated; at the desk, fewer and new ones.
SHARED = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("ci", max_examples=250, derandomize=True, print_blob=True, **SHARED)
settings.register_profile("dev", max_examples=60, **SHARED)
settings.load_profile("ci" if os.environ.get("CI") else "dev")


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """One process a core for the whole suite, four at most; none besides this one for a part, which is done sooner."""
    whole = config.args_source is pytest.Config.ArgsSource.TESTPATHS
    return min(len(os.sched_getaffinity(0)), 4) if whole else 0
