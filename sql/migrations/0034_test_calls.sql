-- Somebody of the business tries the assistant from the page: a call like any
-- other, but no customer's. It is not missed, and nothing leaves for it.
alter table nightbell.calls add column test bool not null default false;
