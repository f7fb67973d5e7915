-- find --
-- A rendition that is there, or that failed a while ago.
select size, sha256, problem from renditions
where key = %(key)s and (state = 'stored' or state = 'failed' and changed_at > now() - interval '10 minutes');

-- claim --
-- Says that we make it; no row: somebody else does, or its original is gone. One that is silent for
-- two minutes makes nothing any more, and a failure is forgotten after ten.
insert into renditions as r (key, original)
select %(key)s, b.key from blobs b where b.key = %(original)s and b.state = 'stored'
on conflict (key) do update set state = 'making', changed_at = now(), problem = null
where r.state = 'making' and r.changed_at < now() - interval '2 minutes'
  or r.state = 'failed' and r.changed_at < now() - interval '10 minutes'
returning changed_at;

-- finish --
-- It is in storage. Not where its original is being removed, or another makes it by now.
update renditions r set state = 'stored', size = %(size)s, sha256 = %(sha256)s, changed_at = now()
from blobs b
where r.key = %(key)s and r.state = 'making' and r.changed_at = %(claimed_at)s
  and b.key = r.original and b.state = 'stored';

-- fail --
-- It cannot be made: remembered for a while.
update renditions set state = 'failed', problem = %(problem)s, changed_at = now()
where key = %(key)s and state = 'making' and changed_at = %(claimed_at)s;

-- give_up --
-- It was not made, and nobody knows why: the next who asks tries again.
delete from renditions where key = %(key)s and state = 'making' and changed_at = %(claimed_at)s;

-- lose --
-- Storage has it no longer: it is made anew.
delete from renditions where key = %(key)s and state = 'stored' and sha256 = %(sha256)s;

-- prune --
-- The oldest of a picture's renditions over so many.
delete from renditions where key in (
  select key from renditions where original = %(original)s and state = 'stored'
  order by changed_at desc offset %(most)s
)
returning key;

-- of_originals --
-- Renditions of these pictures.
select key from renditions where original = any (%(originals)s::text[]);

-- known --
-- Which of these keys have a row.
select key from renditions where key = any (%(keys)s::text[]);
