"""What a project is: its media types and their rules, limits, secrets, tokens, API versions.

Pure but for ``files``, which reads the folder of project files once at the start.
"""
