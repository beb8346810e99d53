"""How many examples a property is tried with."""

from hypothesis import HealthCheck, settings


def examples(number: int) -> settings:
    """So many, however long each takes to make; a fixture serves them all."""
    checks = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]
    return settings(max_examples=number, deadline=None, suppress_health_check=checks)
