"""The queue's door: thin tasks, the loop of a worker process, and what keeps processes alive.

tasks.py       names of the queue to calls of the pipeline
process.py     one worker process: its tasks, heartbeat and rescue, until it is told to stop
rescue.py      what dead workers held goes back into the queue
supervisor.py  keeps worker processes alive, and ends them
"""
