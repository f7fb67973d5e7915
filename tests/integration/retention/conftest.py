"""The desk of the import path, whose jobs grow old."""

from tests.integration.path.conftest import desk

__all__ = ["desk"]
