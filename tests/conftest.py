"""Fixtures every floor may use."""

from tests.support import simulator

__all__ = ["simulator"]
