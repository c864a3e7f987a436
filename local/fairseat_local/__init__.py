"""The whole of Fairseat on one machine."""
