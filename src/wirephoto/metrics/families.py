"""Every metric there is. Labels have few values, all known here: never a host, a job or a name."""

import bisect
from collections.abc import Sequence

from wirephoto import errors
from wirephoto.metrics import cells

Labels = tuple[str, ...]
_ONE: tuple[Labels, ...] = ((),)
_QUICK = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_SLOW = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0)


class Family:
    """``series`` are all values that its labels can have; ``text`` says what it is, for people."""

    kind: str

    def __init__(
        self, name: str, text: str, labels: Labels = (), series: Sequence[Labels] = _ONE
    ) -> None:
        self.name = name
        self.text = text
        self.labels = labels
        self.series = tuple(series)


class Counter(Family):
    """Only ever grows, until all of its service begins anew."""

    kind = "counter"

    def __init__(
        self, name: str, text: str, labels: Labels = (), series: Sequence[Labels] = _ONE
    ) -> None:
        super().__init__(name, text, labels, series)
        begin = cells.CELLS.take([f"{name}{one}" for one in self.series])
        self.at = {one: begin + place for place, one in enumerate(self.series)}

    def add(self, *series: str, by: float = 1.0) -> None:
        """``series``: a value for each label."""
        cells.CELLS.values[self.at[series]] += by


class Histogram(Family):
    """How long things took; each series is its buckets, what is over the last, and the sum."""

    kind = "histogram"

    def __init__(
        self,
        name: str,
        text: str,
        bounds: Sequence[float],
        labels: Labels = (),
        series: Sequence[Labels] = _ONE,
    ) -> None:
        super().__init__(name, text, labels, series)
        self.bounds = tuple(bounds)
        ends = [*map(str, self.bounds), "more", "sum"]
        begin = cells.CELLS.take([f"{name}{one}{end}" for one in self.series for end in ends])
        self.at = {one: begin + place * len(ends) for place, one in enumerate(self.series)}

    def observe(self, seconds: float, *series: str) -> None:
        """``series``: a value for each label."""
        begin, bounds = self.at[series], self.bounds
        values = cells.CELLS.values
        values[begin + bisect.bisect_left(bounds, seconds)] += 1.0
        values[begin + len(bounds) + 1] += seconds


class Gauge(Family):
    """What is so at the scrape: the database says it of the installation, the machine of itself."""

    kind = "gauge"


def _each(*values: str) -> list[Labels]:
    return [(value,) for value in values]


_CODES = sorted(errors.failure_codes())
_RESULTS = [("success", ""), ("skipped", ""), *(("failed", code) for code in _CODES)]

IMAGES = Counter(
    "wirephoto_images_total",
    "Images that got their final row, by result and failure code.",
    ("result", "code"),
    [*_RESULTS, ("cancelled", "cancelled")],
)
ACCEPTED = Counter("wirephoto_images_accepted_total", "Images of batches that were accepted.")
TRIES = Counter(
    "wirephoto_tries_total",
    "Tries at an image, by what failed it for now or for good; no code: it came.",
    ("code",),
    _each("", *_CODES),
)
FETCHED = Counter("wirephoto_fetched_bytes_total", "Bytes of pictures that came from origins.")
STORED = Counter("wirephoto_stored_bytes_total", "Bytes of pictures that storage took.")
FETCH = Histogram(
    "wirephoto_fetch_seconds", "From a request to the end of its answer, where one came.", _SLOW
)
STAGE = Histogram(
    "wirephoto_stage_seconds",
    "Time in a stage: inspect for a picture, the others for a part of a chunk.",
    _QUICK,
    ("stage",),
    _each("take", "inspect", "store", "commit"),
)
RESCUED = Counter(
    "wirephoto_chunks_rescued_total", "Chunks of dead workers that went back into the queue."
)
WORKERS_DIED = Counter("wirephoto_workers_died_total", "Worker processes that ended unasked.")
DATABASE_ERRORS = Counter(
    "wirephoto_database_errors_total",
    "Times that something could not be done because the database was away.",
)
STORAGE_ERRORS = Counter(
    "wirephoto_storage_errors_total",
    "Times that storage failed: at a put, a read, or its own tidying and trials.",
    ("operation",),
    _each("put", "read", "tend"),
)
WEBHOOK_TRIES = Counter(
    "wirephoto_webhook_tries_total",
    "Tries at a webhook, by what became of its delivery.",
    ("state",),
    _each("delivered", "pending", "paused", "failed"),
)
WEBHOOK = Histogram("wirephoto_webhook_seconds", "From a try at a webhook to its answer.", _SLOW)
REQUESTS = Counter(
    "wirephoto_http_requests_total",
    "Requests answered, by class of status.",
    ("status",),
    _each("1xx", "2xx", "3xx", "4xx", "5xx"),
)
COUNTED: tuple[Counter | Histogram, ...] = (
    *(IMAGES, ACCEPTED, TRIES, FETCHED, STORED, FETCH, STAGE, RESCUED, WORKERS_DIED),
    *(DATABASE_ERRORS, STORAGE_ERRORS, WEBHOOK_TRIES, WEBHOOK, REQUESTS),
)

# A column of ``db/sql/gauges.sql`` is a gauge's name without ``wirephoto_``, and its label.
ASKED = (
    Gauge(
        "wirephoto_queue_chunks",
        "Chunks that are due, come later, or are at work.",
        ("state",),
        _each("due", "later", "claimed"),
    ),
    Gauge("wirephoto_queue_images", "Images of all chunks that are left."),
    Gauge("wirephoto_queue_waiting_chunks", "Of them, those waiting for an origin or for storage."),
    Gauge("wirephoto_queue_oldest_seconds", "How long the chunk that is due longest has been."),
    Gauge("wirephoto_queue_jobs", "Jobs with chunks left."),
    Gauge("wirephoto_queue_oldest_job_seconds", "Since the first of them was accepted."),
    Gauge("wirephoto_origins_parked", "Origins that cannot be reached and are waited for."),
    Gauge(
        "wirephoto_origins_parked_oldest_seconds",
        "Since the first of them was, of those asked for in the last ten minutes.",
    ),
    Gauge("wirephoto_origins_slowed", "Origins that asked us to wait."),
    Gauge(
        "wirephoto_webhooks",
        "Deliveries that are not taken yet.",
        ("state",),
        _each("pending", "paused"),
    ),
    Gauge("wirephoto_webhooks_oldest_seconds", "Age of the oldest that is pending."),
    Gauge("wirephoto_workers", "Worker processes with a heartbeat."),
)
# What ``metrics.machine`` finds; a series that it does not find is left out.
DISK_FREE = Gauge(
    "wirephoto_disk_free_bytes",
    "Free on the disk of the data directory, and of storage where that is a folder.",
    ("folder",),
    _each("data", "storage"),
)
DISK_SIZE = Gauge(
    "wirephoto_disk_size_bytes", "Size of that disk.", DISK_FREE.labels, DISK_FREE.series
)
MEMORY = Gauge(
    "wirephoto_process_memory_bytes",
    "Resident memory of the largest process of its kind on this machine.",
    ("process",),
    _each("command", "worker", "picture"),
)
FOUND = (DISK_FREE, DISK_SIZE, MEMORY)
UP = Gauge("wirephoto_database_up", "Whether the database answered this scrape.")
STARTED = Gauge("wirephoto_start_time_seconds", "When this command began, seconds since 1970.")
BUILD = Gauge("wirephoto_build_info", "The release that runs; always 1.", ("release",))
EVERY: tuple[Family, ...] = (*COUNTED, *ASKED, *FOUND, UP, STARTED, BUILD)
