"""Fixtures of all tests: real parts, started once or for a test alone."""

pytest_plugins = [
    "tests.fixtures.gallery",
    "tests.fixtures.postgres",
    "tests.fixtures.processes",
    "tests.fixtures.receiver",
    "tests.fixtures.service",
]
