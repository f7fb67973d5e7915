-- Storage folders by their paths, and what each bears as its mark: an empty mount point bears none.
create table storage_marks (
  location text primary key,
  mark text not null,
  made_at timestamptz                      -- since when the folder bears it; from then on it must
);
