-- Run once for each tenant with its schema as search_path: what would be made anew, only to be dropped.
drop index customers_search_idx;
