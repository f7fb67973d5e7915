"""Proof of an installation, and removal of what nothing refers to.

``report``   what was found: findings, which are wrong, and notes, which are not
``run``      the order: the database against itself, then against storage
``pairing``  rows and objects side by side, in one pass over both
``storage``  catalogue against storage, both ways
``bytes``    the bytes themselves
``collector`` removal of what nobody refers to, while imports run
"""
