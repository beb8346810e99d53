-- Run once for each tenant with its schema as search_path. The order of the lists, to the last tie: an import gives all its
-- rows one created_at. Ascending and descending by one index; what is empty comes last by the key (crm_api.listing).
drop index if exists
customers_created_at_idx, customers_updated_at_idx, customers_lifetime_value_idx, customers_last_interaction_idx,
customers_owner_user_id_idx, opportunities_created_at_idx, interactions_date_time_idx, sales_sold_at_idx;
create index customers_created_at_idx on customers (created_at, customer_id) where deleted_at is null;
create index customers_updated_at_idx on customers (updated_at, customer_id) where deleted_at is null;
create index customers_lifetime_value_idx on customers (lifetime_value, customer_id)
where deleted_at is null and lifetime_value is not null;
create index customers_last_interaction_idx on customers (last_interaction, customer_id)
where deleted_at is null and last_interaction is not null;
create index customers_owner_user_id_idx on customers (owner_user_id, customer_id)
where deleted_at is null and owner_user_id is not null;
create index customers_first_name_idx on customers ((platform.fold(first_name) collate "C"), customer_id)
where deleted_at is null and first_name is not null;
create index customers_last_name_idx on customers ((platform.fold(last_name) collate "C"), customer_id)
where deleted_at is null and last_name is not null;
create index customers_company_name_idx on customers ((platform.fold(company_name) collate "C"), customer_id)
where deleted_at is null and company_name is not null;
create index customers_phone_alt_idx on customers (phone_alt) where phone_alt is not null;
create index customers_canton_idx on customers (canton, district) where deleted_at is null;
create index customers_consent_idx on customers using gin (consent jsonb_path_ops) where consent <> '{}'::jsonb;

create index opportunities_created_at_idx on opportunities (created_at, opportunity_id) where deleted_at is null;
create index opportunities_updated_at_idx on opportunities (updated_at, opportunity_id) where deleted_at is null;
create index opportunities_value_idx on opportunities (value, opportunity_id) where deleted_at is null;
create index opportunities_title_idx on opportunities ((platform.fold(title) collate "C"), opportunity_id)
where deleted_at is null;
create index opportunities_product_idx on opportunities ((platform.fold(product) collate "C"), opportunity_id)
where deleted_at is null and product is not null;
create index opportunities_seller_idx on opportunities ((platform.fold(seller) collate "C"), opportunity_id)
where deleted_at is null and seller is not null;
create index opportunities_expected_close_date_idx on opportunities (expected_close_date, opportunity_id)
where deleted_at is null and expected_close_date is not null;
create index opportunities_next_step_at_idx on opportunities (next_step_at, opportunity_id)
where deleted_at is null and next_step_at is not null;
create index opportunities_last_stage_change_idx on opportunities (last_stage_change, opportunity_id)
where deleted_at is null and last_stage_change is not null;
create index opportunities_won_at_idx on opportunities (won_at, opportunity_id)
where deleted_at is null and won_at is not null;
create index opportunities_lost_at_idx on opportunities (lost_at, opportunity_id)
where deleted_at is null and lost_at is not null;

create index interactions_date_time_idx on interactions (date_time, interaction_id);
create index interactions_created_at_idx on interactions (created_at, interaction_id);
create index interactions_updated_at_idx on interactions (updated_at, interaction_id);
create index interactions_user_id_idx on interactions (user_id, date_time) where user_id is not null;
create index interactions_followup_order_idx on interactions (followup_date, interaction_id)
where followup_date is not null;
create index interactions_followup_done_at_idx on interactions (followup_done_at) where followup_done_at is not null;
create index interactions_custom_fields_idx on interactions using gin (custom_fields);

create index sales_sold_at_idx on sales (sold_at, sale_id);
create index sales_amount_idx on sales (amount, sale_id);
create index sales_created_at_idx on sales (created_at, sale_id);
create index sales_updated_at_idx on sales (updated_at, sale_id);
create index sales_user_id_idx on sales (user_id, sold_at) where user_id is not null;
create index sales_seller_idx on sales ((platform.fold(seller) collate "C"), sale_id) where seller is not null;
create index sales_custom_fields_idx on sales using gin (custom_fields);
