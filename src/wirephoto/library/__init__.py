"""The library as people work on it: entries changed, and registered from what lies in storage.

``patch``    the shape of an edit, and every fault of one
``draft``    what an edit makes of an entry; knows no database
``edit``     the transaction of an edit
``register`` assets that are in storage become entries, one by one
``search``   pages of what is found
``reindex``  what is searched follows what is there
``claim``    what a caller says of an asset that is in storage
``objects``  what is really there
``faults``   faults of a body, by the path of the value
"""
