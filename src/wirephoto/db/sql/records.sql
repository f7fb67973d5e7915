-- keep --
-- Records of what pictures say of themselves; one that is as it was is not written again.
insert into embedded (asset_key, record)
select n.asset_key, n.record::jsonb from unnest(%(keys)s::text[], %(records)s::text[]) as n (asset_key, record)
order by n.asset_key
on conflict (asset_key) do update set record = excluded.record, read_at = now()
where embedded.record is distinct from excluded.record;

-- fields --
-- The fields of these pictures, where they have any.
select asset_key, record -> 'fields' as fields from embedded where asset_key = any (%(keys)s::text[]) and record ? 'fields';

-- of_asset --
-- The record of a picture.
select record from embedded where asset_key = %(key)s;
