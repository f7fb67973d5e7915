"""The JSON door.

app.py            the application: routes, errors, limits on bodies
versions.py       the version in the path
auth.py           bearer tokens and scopes
connections.py    the connection below HTTP: times, and how many
heads.py          what the head of a request may hold
bodies.py         request bodies, read up to a limit
errors.py         errors to HTTP answers, in one place
headers.py        what every answer says
imports.py        post a batch, or only look at it
uploads.py        pictures that their client sends itself
status.py         where a job is, with its rows
jobs.py           list jobs, cancel one, try again what failed in one
rows.py           rows of a job as a file
export.py         CSV and JSON lines (pure)
deliveries.py     what became of a job's webhook; send it again
events.py         the counters of a job as they change
board.py          one look for all that watch jobs
holders.py        one look at the tokens of all that watch
rounds.py         looking again and again
media_library.py  entries
assets.py         the stored pictures
ranges.py         byte ranges (pure)
addresses.py      the URLs of pictures in answers
health.py         whether we are up
schemas.py        the shapes of answers, and what OpenAPI says of them
"""
