"""Pictures made smaller when somebody asks for them, and described when there is time.

``variant``  which ones there are: closed sets, so that nobody can ask for a million (pure)
``making``   found or made: once for all who ask, few at a time
``describer`` what new pictures look like: in a worker, after everything else
``likeness`` which hashes are near another (pure)
"""
