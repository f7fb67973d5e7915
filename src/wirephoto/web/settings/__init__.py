"""Settings: who may come in, what the project takes, and how the installation is.

tokens.py    a project's tokens: made, shown once, revoked
rules.py     its media types and limits, as they are in force
    health.py    what `doctor` checks, and how much there is of everything
"""
