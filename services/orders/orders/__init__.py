"""The orders service of Fairseat."""
