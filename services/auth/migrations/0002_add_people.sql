-- People: to come.
select 1;
