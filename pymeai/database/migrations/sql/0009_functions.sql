-- What opportunities, interactions and sales are searched by beside their customers, folded; their search indexes stand on it.
create function platform.opportunity_text(title text, product text, seller text)
returns text language sql immutable parallel safe as $$
    select platform.fold(title || ' ' || coalesce(product, '') || ' ' || coalesce(seller, ''))
$$;

create function platform.interaction_text(type text, notes text, outcome text)
returns text language sql immutable parallel safe as $$
    select platform.fold(type || ' ' || coalesce(notes, '') || ' ' || coalesce(outcome, ''))
$$;

-- Without the products of its lines: their trigrams made an import of sales of 20 lines ten times as slow.
create function platform.sale_text(external_key text, seller text, channel text)
returns text language sql immutable parallel safe as $$
    select platform.fold(coalesce(external_key, '') || ' ' || coalesce(seller, '') || ' ' || coalesce(channel, ''))
$$;
