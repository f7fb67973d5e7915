"""The request as a whole: decoded once, checked with every fault named, written in one transaction.

request.py   the shape of the request, and decoding it
rules.py     the rules for its values, each written once
faults.py    every fault of a request that is refused
batch.py     the checks: a batch that may be written
once.py      the same request under the same key is one job
quota.py     how many images a project may have accepted in a day
uses.py      pictures that their client has sent are here, and stay
job.py       the transaction: job, images, chunks, tasks
retry.py     the same for what failed in another job
preview.py   what a batch would become, without writing it
"""
