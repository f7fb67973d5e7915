"""The HTML door: pages for people, over the same services as the JSON door.

    signin.py    in and out, by a token or by the link that ``serve`` prints
    jobs.py      all jobs
    job.py       one job: progress, causes, images, webhook; retry and cancel
    bringing/    a list of pictures, to a job
    library.py   all pictures, a page at a time: search and filters
    entry.py     one picture: its metadata as a form, where it came from, archive and revoke
    settings/    tokens, and the project's rules
    origins.py   where a job's pictures come from, and how it goes there
    live.py      what moves on a page, as server-sent fragments

Every page works as plain HTML: filters and pages are links, forms post.
"""
