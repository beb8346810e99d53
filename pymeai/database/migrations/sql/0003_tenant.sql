-- Run once for each tenant with its schema as search_path. The limits are pymeai.clock's years.
update customers set created_at = now() where not (created_at >= '1900-01-01 00:00+00' and created_at < '2101-01-01 06:00+00');
alter table customers
    add constraint customers_created_at_check check (created_at >= '1900-01-01 00:00+00' and created_at < '2101-01-01 06:00+00');
update opportunities set created_at = now() where not (created_at >= '1900-01-01 00:00+00' and created_at < '2101-01-01 06:00+00');
update opportunities set expected_close_date = null where not (expected_close_date >= '1900-01-01 00:00+00' and expected_close_date < '2101-01-01 06:00+00');
update opportunities set won_at = created_at where not (won_at >= '1900-01-01 00:00+00' and won_at < '2101-01-01 06:00+00');
update opportunities set lost_at = created_at where not (lost_at >= '1900-01-01 00:00+00' and lost_at < '2101-01-01 06:00+00');
update opportunities set next_step_at = null where not (next_step_at >= '1900-01-01 00:00+00' and next_step_at < '2101-01-01 06:00+00');
alter table opportunities
    add constraint opportunities_created_at_check check (created_at >= '1900-01-01 00:00+00' and created_at < '2101-01-01 06:00+00'),
    add constraint opportunities_expected_close_date_check check (expected_close_date >= '1900-01-01 00:00+00' and expected_close_date < '2101-01-01 06:00+00'),
    add constraint opportunities_won_at_check check (won_at >= '1900-01-01 00:00+00' and won_at < '2101-01-01 06:00+00'),
    add constraint opportunities_lost_at_check check (lost_at >= '1900-01-01 00:00+00' and lost_at < '2101-01-01 06:00+00'),
    add constraint opportunities_next_step_at_check check (next_step_at >= '1900-01-01 00:00+00' and next_step_at < '2101-01-01 06:00+00');
update interactions set date_time = created_at where not (date_time >= '1900-01-01 00:00+00' and date_time < '2101-01-01 06:00+00');
update interactions set followup_date = null where not (followup_date >= '1900-01-01 00:00+00' and followup_date < '2101-01-01 06:00+00');
alter table interactions
    add constraint interactions_date_time_check check (date_time >= '1900-01-01 00:00+00' and date_time < '2101-01-01 06:00+00'),
    add constraint interactions_followup_date_check check (followup_date >= '1900-01-01 00:00+00' and followup_date < '2101-01-01 06:00+00');
update sales set sold_at = created_at where not (sold_at >= '1900-01-01 00:00+00' and sold_at < '2101-01-01 06:00+00');
alter table sales
    add constraint sales_sold_at_check check (sold_at >= '1900-01-01 00:00+00' and sold_at < '2101-01-01 06:00+00');
