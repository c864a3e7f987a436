"""Services that move one step at a time: every delivery, turn of a worker and lost answer is somebody's choice.

For tests that try the orders in which things can happen. The code, the databases and the payment stand-in are the real
ones; only the bus, the workers' clocks and the network between payments and the provider are replaced by choices.
"""
