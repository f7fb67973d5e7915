"""What a user would write: a thread pool and ``requests``, each picture to a file.

``python plain_script.py URLS FOLDER THREADS``; runs in the rivals' own environment.
"""

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import requests


def main() -> None:
    urls, folder, threads = sys.argv[1:]
    wanted = enumerate(Path(urls).read_text().split())

    def fetch(numbered: tuple[int, str]) -> None:
        number, url = numbered
        answer = requests.get(url, timeout=60)
        answer.raise_for_status()
        (Path(folder) / f"{number}.jpg").write_bytes(answer.content)

    with ThreadPoolExecutor(int(threads)) as pool:
        list(pool.map(fetch, wanted))


if __name__ == "__main__":
    main()
