"""The fetch stage: one try at one URL, from the guarded GET to the whole body.

``download``  the try: redirects hop by hop, the answer's body under all limits
``answer``    what an answer's head means: failure or success, validators, claims (pure)
``deadline``  the clock of a try: total time and minimum rate
``encoding``  gzip, deflate and br undone piece by piece (pure)
``spool``     the body on its way: memory first, a temporary file when it grows
``retry``     how long a failed try waits for the next one (pure)
``pace``      how many tries are under way at one origin, and when it is left alone
``ease``      how many requests at once an origin takes (pure)

A try ends in a ``model.Download``, in ``model.NotModified`` or in an ``errors.PictureError``.
It keeps no state; ``pace`` alone remembers origins.
"""
