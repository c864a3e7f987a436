"""What tests need: real servers started once, running services, signed-in clients, and one way to wait.

`fairseat_common.testing.plugin` offers it all as pytest fixtures.
"""
