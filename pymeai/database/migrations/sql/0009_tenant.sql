-- Run once for each tenant with its schema as search_path.
create index opportunities_search_idx on opportunities using gin (
    platform.opportunity_text(title, product, seller) gin_trgm_ops
);
create index interactions_search_idx on interactions using gin (
    platform.interaction_text(type, notes, outcome) gin_trgm_ops
);
create index sales_search_idx on sales using gin (
    platform.sale_text(external_key, seller, channel) gin_trgm_ops
);
