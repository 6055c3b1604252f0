"""What holds for every test: how thoroughly laws are tried. Fixtures of one floor live in that floor's conftest.

The network is closed beyond loopback by pytest-socket, and every test ends within five minutes: both in pyproject.toml.
"""

import os

from hypothesis import HealthCheck, settings

# No deadline per example: the machines that run this are shared, and the limit of five minutes catches what hangs.
# CI tries each law often and always the same way, so that a red run can be repeated; at the desk, fewer and new ones.
SHARED = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("ci", max_examples=250, derandomize=True, print_blob=True, **SHARED)
settings.register_profile("dev", max_examples=60, **SHARED)
settings.load_profile("ci" if os.environ.get("CI") else "dev")
