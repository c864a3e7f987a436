"""A stand-in for the payment provider: a process of its own that speaks the provider's HTTP language.

Run it with `python -m fairseat_local.provider`; the provider's own SDK reaches it by its base address. Its
journal in SQLite outlives a killed process; tests read it as the outside truth about money.
"""
