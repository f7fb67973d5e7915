"""The request as a whole: decoded once, checked with every fault named, written in one transaction.

request.py   the shape of the request, and decoding it
faults.py    every fault of a request that does not have that shape
batch.py     the checks: a batch that may be written
job.py       the transaction: job, images, chunks, tasks
"""
