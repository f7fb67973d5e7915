"""Pictures that their client sends itself: announced, sent to a signed address, then imported.

``opening``    what is announced: what is here already, and where the rest is to be sent
``receiving``  the bytes of one, onto storage
``signing``    the addresses (pure)
"""
