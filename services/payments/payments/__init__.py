"""The payments service of Fairseat."""
