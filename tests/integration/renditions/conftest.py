"""The desk of the import path, and a look at what it has made."""

from tests.integration.path.conftest import desk

__all__ = ["desk"]
