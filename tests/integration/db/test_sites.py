"""Where the pictures of a job come from: scheme and host as written, and never more of a URL."""

import pytest

from wirephoto.db import pool, sites


@pytest.mark.parametrize(
    ("url", "site"),
    [
        ("https://a.example/1.jpg?sig=s3cr3t", "https://a.example"),
        ("HTTPS://A.example:8443//x", "HTTPS://A.example:8443"),
        ("http://u:p@a.example", "http://u:p@a.example"),
        ("http://a.example?sig=s3cr3t", "http://a.example"),
        ("http://a.example#top", "http://a.example"),
        ("http://a.example?sig=/s3cr3t", "http://a.example"),
        ("http:/a.example/s3cr3t", None),
        ("wirephoto-upload:abc", None),
        ("file:///s3cr3t", None),
        ("", None),
    ],
)
async def test_a_site_is_scheme_and_host(database_url: str, url: str, site: str | None) -> None:
    async with (
        pool.opened(database_url, most=1, application="test") as opened,
        opened.connection() as connection,
    ):
        await connection.execute(
            "insert into images (job_id, position, url, external_id, file_name, media_type,"
            " metadata) values (7, 0, %s, 'x', 'x', 'image', '{}')",
            [url],
        )
        assert await sites.of_job(connection, 7) == ({site: 1} if site else {})
