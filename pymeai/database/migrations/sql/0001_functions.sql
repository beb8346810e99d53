-- A UUIDv7 (RFC 9562) on any PostgreSQL from 15 on: a random UUID whose first 48 bits are the Unix time in milliseconds.
create function platform.uuid_v7() returns uuid language sql volatile parallel safe as $$
    select encode(
        set_bit(
            set_bit(
                overlay(
                    uuid_send(gen_random_uuid())
                    placing substring(int8send((extract(epoch from clock_timestamp()) * 1000)::bigint) from 3)
                    from 1 for 6
                ),
                52, 1
            ),
            53, 1
        ),
        'hex'
    )::uuid
$$;

-- unaccent() is only STABLE because a dictionary can be replaced; ours is named, so an index may stand on it.
create function platform.fold(value text) returns text language sql immutable parallel safe as $$
    select lower(public.unaccent('public.unaccent'::regdictionary, value))
$$;

create function platform.search_text(first_name text, last_name text, company_name text, email text)
returns text language sql immutable parallel safe as $$
    select platform.fold(
        coalesce(first_name, '') || ' ' || coalesce(last_name, '') || ' ' || coalesce(company_name, '') || ' ' || coalesce(email, '')
    )
$$;
