"""An installation as one folder, and back.

    manifest    what a backup says of itself; written last, so that what lacks it is none
    progress    what it is at
    copying     pictures from folder to folder
    taking      database first, pictures after it
    restoring   pictures first, database after them

Pictures are added before a row speaks of them, and none is removed while a backup is taken. So
pictures that were copied after the database are all that it speaks of.

A folder may be used again: what is new is put beside what counts, which stays whole until then.
"""
