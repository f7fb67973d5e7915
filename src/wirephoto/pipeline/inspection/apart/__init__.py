"""SVG read and cleaned in a child process: ``pipeline.apart`` has what confines it.

- ``pool``     the worker's side
- ``message``  what is asked and answered
- ``child``    the child's side
"""
