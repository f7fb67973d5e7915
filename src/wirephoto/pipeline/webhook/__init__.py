"""The signed POST that tells the caller how a job ended.

courier.py    takes what is due, many tries side by side
delivery.py   one try, from its claim to its record
posting.py    the POST, and what it met
signing.py    the headers that prove where a body comes from (pure)
schedule.py   when a try that failed is made again (pure)
pausing.py    when an endpoint that does nothing but fail is left alone (pure)
"""
