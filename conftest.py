"""Test fixtures for the whole workspace."""

pytest_plugins = ["fairseat_common.testing.plugin"]
