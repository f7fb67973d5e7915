"""What a picture says of itself: IPTC (IIM and XMP), EXIF, content credentials.

``inspection`` finds the blocks on its way through the bytes; here they are read.

record.py        the contents page: blocks in, the record of a picture out
fields.py        the table of IPTC fields (fields.json): names, aliases, where each is written
preference.py    which value of a field counts, of all that say something
xmp.py           XMP, on packet.py (bytes to XML), rdf.py (XML to values), typed.py (to fields)
iim.py           IPTC-IIM, on datasets.py and charset.py; resources.py is where Photoshop keeps it
exif.py          EXIF, on directory.py (bytes to tags), tags.py (their names)
png_text.py      profiles that PNG holds as text, on inflating.py
dates.py, text.py
filling.py       fields to the properties of a media type
"""
