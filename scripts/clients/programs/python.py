"""The cases of run.ts with a Python library: urllib, urllib3, requests, httpx, aiohttp or pandas."""
import asyncio
import gzip
import io
import json
import os
import sys
import time

library = sys.argv[1]
base, wait = os.environ["CMU"], float(os.environ["WAIT"])
JSON, CSV, MISSING = os.environ["JSON"], os.environ["CSV"], os.environ["MISSING"]


def opener():
    """get(method, path, headers) -> (status, headers, decoded body)"""
    if library == "urllib":
        from urllib.error import HTTPError
        from urllib.request import Request, urlopen

        def get(method, path, headers):
            try:
                answer = urlopen(Request(base + path, headers=headers, method=method))
            except HTTPError as error:
                answer = error
            body = answer.read()
            if answer.headers.get("content-encoding") == "gzip" and body:
                body = gzip.decompress(body)
            return answer.status, answer.headers, body
    elif library == "urllib3":
        import urllib3

        pool = urllib3.PoolManager()

        def get(method, path, headers):
            answer = pool.request(method, base + path, headers=headers)
            return answer.status, answer.headers, answer.data
    elif library == "requests":
        import requests

        session = requests.Session()

        def get(method, path, headers):
            answer = session.request(method, base + path, headers=headers)
            return answer.status_code, answer.headers, answer.content
    elif library == "httpx":
        import httpx

        client = httpx.Client()

        def get(method, path, headers):
            answer = client.request(method, base + path, headers=headers)
            return answer.status_code, answer.headers, answer.content
    elif library == "aiohttp":
        import aiohttp

        loop = asyncio.new_event_loop()

        async def start():
            return aiohttp.ClientSession()

        session = loop.run_until_complete(start())

        async def ask(method, path, headers):
            async with session.request(method, base + path, headers=headers) as answer:
                return answer.status, answer.headers, await answer.read()

        def get(method, path, headers):
            return loop.run_until_complete(ask(method, path, headers))
    else:
        sys.exit(f"unknown library {library}")
    return get


def pandas():
    import pandas as pd

    print("json 200", len(pd.json_normalize(pd.read_json(base + JSON, typ="series")["report"])))
    print("csv 200", len(pd.read_csv(base + CSV)) + 1)
    first = len(pd.read_csv(base + CSV))
    time.sleep(wait)
    print("reuse 200 200" if len(pd.read_csv(base + CSV)) == first else "reuse differs")


def cases(get):
    rows = lambda body: len(json.loads(body)["report"])
    status, headers, body = get("GET", JSON, {})
    print("json", status, rows(body))
    etag = headers["etag"]
    status, _, body = get("GET", CSV, {})
    print("csv", status, len(body.decode().splitlines()))
    status, _, body = get("GET", JSON, {"Accept-Encoding": "gzip"})
    print("gzip", status, rows(body))
    print("conditional", get("GET", JSON, {"If-None-Match": etag})[0])
    print("head", get("HEAD", JSON, {})[0])
    print("missing", get("GET", MISSING, {})[0])
    first = get("GET", JSON, {})[0]
    time.sleep(wait)
    print("reuse", first, get("GET", JSON, {})[0])


pandas() if library == "pandas" else cases(opener())
