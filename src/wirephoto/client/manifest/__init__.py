"""Manifests: files that list pictures. CSV of any dialect, JSON Lines, a JSON array, Parquet."""
