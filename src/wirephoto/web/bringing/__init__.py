"""``/import``: a list of pictures, from what somebody pasted or chose to a job.

receiving.py   the form with its file, as it comes in
table.py       what a list is: its encoding, its columns, its rows
matching.py    which field each column becomes
checking.py    the rows as images, and all that is wrong with them
routes.py      the pages
"""
