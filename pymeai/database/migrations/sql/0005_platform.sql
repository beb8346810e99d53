alter table platform.webhooks add paused_until timestamptz;

-- As before, but where the receiver is down the delivery waits as all others do: a receiver was asked again at each event.
create or replace function platform.queue_webhooks(
    organization uuid, event_name text, entity_name text, entity_key uuid
)
returns void language sql security definer set search_path = '' as $$
    insert into platform.webhook_deliveries (webhook_id, organization_id, event, entity, entity_id, next_attempt_at)
    select webhook_id, organization_id, event_name, entity_name, entity_key, greatest(now(), paused_until)
    from platform.webhooks
    where organization_id = organization and is_active and (event_name = any (events) or '*' = any (events))
$$;
