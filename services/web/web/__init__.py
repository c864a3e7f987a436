"""The web service of Fairseat."""
