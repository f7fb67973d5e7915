"""Fixtures of all tests: real parts, started once or for a test alone."""

import signal

import hypothesis

# Under nohup or in the background of a shell we are told to ignore these, and our children would
# inherit it: but to end by them is what some tests are about.
for _number in (signal.SIGINT, signal.SIGHUP):
    if signal.getsignal(_number) == signal.SIG_IGN:
        signal.signal(_number, signal.SIG_DFL)

# The same examples each time, however slow the machine is: a change is judged by what it changes.
# `--hypothesis-profile=default` looks for others, as does `make fuzz`.
hypothesis.settings.register_profile(
    "steady",
    deadline=None,
    derandomize=True,
    suppress_health_check=[
        hypothesis.HealthCheck.too_slow,
        hypothesis.HealthCheck.function_scoped_fixture,
    ],
)
hypothesis.settings.load_profile("steady")

pytest_plugins = [
    "tests.fixtures.figures",
    "tests.fixtures.gallery",
    "tests.fixtures.postgres",
    "tests.fixtures.processes",
    "tests.fixtures.receiver",
    "tests.fixtures.service",
]
