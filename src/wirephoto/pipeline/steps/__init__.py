"""What a worker does with a chunk, a module a step.

chunk.py      the contents page: ``import_chunk``
take.py       claim the chunk, load its images
sift.py       a large chunk: settle what needs no request, cut the rest
known.py      what is known of an image without a request
bring.py      fetch and inspect its images, side by side, within the origins' pace
attempt.py    one try at one image
judge.py      what becomes of an image that did not come
gather.py     outcomes as they come, handed over in parts
bound.py      what a worker may have asked for and not yet committed
means.py      the way to the origins, and the limits of one image
circuit.py    is storage there? asked before anything is fetched
keep.py       put what is new into storage
settle.py     write what a part learned, in one fenced transaction
outcomes.py   what became of an image: brought, failed, or again later
"""
