"""What a process counts of itself, for Prometheus: ``families`` lists all there is.

A process counts into cells that it shares with who started it (``cells``); that one adds them up
and writes them out (``text``). What the database knows better is asked of it at the scrape.
"""
