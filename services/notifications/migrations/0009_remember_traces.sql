-- What is sent later belongs to the trace of the event that caused it; whoever hears the event says which one that is.
-- The setting is asked for each new row, never for those that are there.
alter table mails add column traceparent text default nullif(current_setting('fairseat.traceparent', true), '');
alter table webhook_deliveries
    add column traceparent text default nullif(current_setting('fairseat.traceparent', true), '');
