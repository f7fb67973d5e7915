"""The client: import pictures, follow jobs, search the library. It knows the wire alone.

    with client.Client("https://pictures.example", token) as wirephoto:
        job = wirephoto.post([client.Image("https://…/1.jpg", "1")], system_name="archive")
        print(job.wait().failed)

``Client`` waits for each answer, ``AsyncClient`` is the same for asyncio. Both try again by
themselves while the server is away, and never import a batch twice by that.
"""

from wirephoto.client.asynchronous import AsyncClient, AsyncJob
from wirephoto.client.batches import Batch, Image
from wirephoto.client.errors import (
    BadWebhook,
    ClientError,
    JobBroken,
    NotSent,
    NotWirephoto,
    OverQuota,
    Refused,
    ServerAway,
)
from wirephoto.client.folders import LeftOut
from wirephoto.client.jobs import Counters, Forecast, Progress, Row, StoredImage
from wirephoto.client.library import Asset, Entry, Query
from wirephoto.client.synchronous import Client, Job
from wirephoto.client.uploads import Sent
from wirephoto.client.webhook import Event, verify_webhook

__all__ = [
    "Asset",
    "AsyncClient",
    "AsyncJob",
    "BadWebhook",
    "Batch",
    "Client",
    "ClientError",
    "Counters",
    "Entry",
    "Event",
    "Forecast",
    "Image",
    "Job",
    "JobBroken",
    "LeftOut",
    "NotSent",
    "NotWirephoto",
    "OverQuota",
    "Progress",
    "Query",
    "Refused",
    "Row",
    "Sent",
    "ServerAway",
    "StoredImage",
    "verify_webhook",
]
