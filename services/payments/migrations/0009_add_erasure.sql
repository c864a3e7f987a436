-- Whoever was erased pays with nothing any more: what named their card goes, once it is of no use. What the ledger says of
-- them is a number that leads to nobody.
grant update (payment_method) on attempts to :runtime;
