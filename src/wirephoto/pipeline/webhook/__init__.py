"""The signed POST that tells the caller how a job ended.

signing.py    the headers that prove where a body comes from (pure)
schedule.py   when a try that failed is made again (pure)
delivery.py   one try, and its record
"""
