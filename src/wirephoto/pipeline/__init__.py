"""The import path, in the order a picture takes it.

accept       the request as a whole; one transaction: job row, image rows, a task for each chunk
queue        the names and priorities of those tasks
leftover     which temporary files a killed writer left
steps        what a worker does with a chunk: the contents page of the stages below
fetch        GET through the guard, within the origin's pace
inspection   what the bytes are, from the bytes
storage      bytes under a key made of their content, put once
catalogue    entries, image rows and counters of a chunk in one short transaction
finish       the last chunk closes the job and calls for the webhook
webhook      the signed POST, tried until it is taken or given up

A stage knows the one before it by its data alone; no stage imports another.
"""
