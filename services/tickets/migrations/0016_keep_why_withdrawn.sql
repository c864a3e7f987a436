-- What an operator who withdrew a listing tells its seller.
alter table listings add column operator_reason text check (length(operator_reason) <= 500);
grant update (operator_reason) on listings to :runtime;
