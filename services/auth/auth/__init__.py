"""The auth service of Fairseat."""
