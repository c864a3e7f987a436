"""The notifications service of Fairseat."""
