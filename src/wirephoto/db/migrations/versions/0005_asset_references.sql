-- Who refers to a picture: asked by the collector before it removes one.
create index entries_asset on entries (asset_key);
