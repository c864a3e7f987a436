-- Cards: to come.
select 1;
