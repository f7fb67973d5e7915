"""The storage stage: bytes under a key made of their content, put once, never seen by half.

``store``    the small interface, and ``open_store``: from a URL to a store
``keys``     the key of a picture, and what may be a key at all (pure)
``local``    a folder, as the event loop sees it
``durable``  a chunk's files onto the disk, so that a power cut loses none (threads only)
``listed``   what lies there, in the order of the keys
``reading``  a file that threads read
``bucket``   S3, Google Cloud Storage, Azure Blob Storage
``trial``    write, read back, delete: does the storage work?

A put ends in None or in an ``errors.StorageFailed`` for each picture. Nothing here knows the
database; who may delete what, and when, is decided elsewhere.
"""
