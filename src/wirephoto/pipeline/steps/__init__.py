"""What a worker does with a chunk, a module a step.

chunk.py      the contents page: ``import_chunk``
take.py       claim the chunk, load its images
bring.py      fetch and inspect its images, side by side, within the origins' pace
circuit.py    is storage there? asked before anything is fetched
keep.py       put what is new into storage
settle.py     write what the chunk learned, in one fenced transaction
outcomes.py   what became of an image: brought, failed, or again later
"""
