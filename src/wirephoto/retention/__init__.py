"""What is over goes after its time: never what an entry, a webhook or a history needs.

``removal``  by hand, all that is due, a bounded piece after the other
``chores``   by the workers, a piece now and then
"""
