"""The demo catalogue: real venues, invented shows, a seller's listings; loaded through the public API only."""

from fairseat_local.demo.loader import DemoRefused, load

__all__ = ["DemoRefused", "load"]
