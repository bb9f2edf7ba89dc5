"""Backups in a bucket, by the real program, against a server that speaks S3 (PyPI `moto`) on loopback.

    s3_backup.py BINARY
"""

import http.client
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

os.environ |= {"AWS_ACCESS_KEY_ID": "of-the-test", "AWS_SECRET_ACCESS_KEY": "secret-of-the-test"}

import boto3
from moto.server import ThreadedMotoServer

TOKEN = "sk_live_s3_backup_0123456789abcdef0123456789"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.5 Mobile/15E148 Safari/604.1"
)
TARGET = "s3://quiet/of/us"


class Server:
    def __init__(self, binary, data, settings):
        environment = {name: text for name, text in os.environ.items() if not name.startswith(("QUIETZONE_", "AWS_"))}
        environment |= {
            "QUIETZONE_API_TOKEN": TOKEN,
            "QUIETZONE_API_RATE_LIMIT": "0",
            "QUIETZONE_STORE_SEAL_AFTER_S": "0",
            "QUIETZONE_STORE_SEAL_ROWS": "20",
            "QUIETZONE_LOG": "error",
        } | settings
        command = [binary, "serve", "--data", str(data), "--listen", "127.0.0.1:0"]
        self.process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline().strip()
        assert line.startswith("listening on http://"), line
        self.address = line.removeprefix("listening on http://")

    def call(self, method, path, body=None, status=200, agent=""):
        connection = http.client.HTTPConnection(self.address, timeout=60)
        headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
        if agent:
            headers = {"User-Agent": agent}
        connection.request(method, path, json.dumps(body) if body is not None else None, headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        assert answer.status == status, f"{method} {path}: {answer.status} {text}"
        return json.loads(text) if text and answer.headers.get_content_type() == "application/json" else text

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(30) == 0


def eventually(what, look, seconds=30):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if (found := look()) is not None:
            return found
        time.sleep(0.02)
    raise AssertionError(f"waited in vain for {what}")


def main(binary):
    moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    moto.start()
    host, port = moto.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    bucket = boto3.client("s3", endpoint_url=endpoint, region_name="eu-central-1")
    bucket.create_bucket(Bucket="quiet", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    bucket.put_object(Bucket="quiet", Key="of/others", Body=b"not ours")
    settings = {
        "QUIETZONE_BACKUP_ENDPOINT": endpoint,
        "QUIETZONE_BACKUP_REGION": "eu-central-1",
        "QUIETZONE_BACKUP_ACCESS_KEY_ID": "of-the-test",
        "QUIETZONE_BACKUP_SECRET_ACCESS_KEY": "secret-of-the-test",
        "QUIETZONE_BACKUP_TARGET": TARGET,
        "QUIETZONE_BACKUP_KEEP": "2",
    }

    def run(*arguments, code=0, settings=settings):
        environment = {name: text for name, text in os.environ.items() if not name.startswith(("QUIETZONE_", "AWS_"))}
        done = subprocess.run([binary, *arguments], env=environment | settings, capture_output=True, text=True)
        said = done.stdout + done.stderr
        assert done.returncode == code, f"{arguments}: {done.returncode} {said}"
        return said

    def keys():
        pages = bucket.get_paginator("list_objects_v2").paginate(Bucket="quiet")
        return {item["Key"]: item["Size"] for page in pages for item in page.get("Contents", [])}

    with tempfile.TemporaryDirectory() as folder:
        data, again = pathlib.Path(folder, "data"), pathlib.Path(folder, "again")
        server = Server(binary, data, settings)
        link = server.call("POST", "/v1/links", {"destination": "https://example.com/", "shortlink": "of-s3"})["link"]
        # A file that is sent in several pieces.
        media = data / "media"
        media.mkdir(exist_ok=True)
        (media / ("ab" * 32)).write_bytes(os.urandom(20_000_000))

        def scan(count):
            for _ in range(count):
                server.call("GET", "/of-s3", status=302, agent=IPHONE)
            total = server.call("GET", f"/v1/events?linkId={link['id']}&verdict=all&pageSize=1")["json"]["totalCount"]
            return total

        scan(50)
        made = server.call("POST", "/v1/x/backups", status=202)
        assert made["target"] == TARGET and len(made["backups"]) == 1, made

        def ended(count):
            def look():
                backups = server.call("GET", "/v1/x/backups")["backups"]
                return backups if len(backups) == count and backups[0]["status"] != "RUNNING" else None

            backups = eventually("a backup", look)
            assert backups[0]["status"] == "SUCCEEDED", backups[0]
            return backups[0]

        first = ended(1)
        assert first["bytes"] == first["copiedBytes"] > 20_000_000, first
        assert keys()[f"of/us/media/{'ab' * 32}"] == 20_000_000
        scan(50)
        said = run("backup", "--data", str(data))
        assert "new in the target" in said, said
        server.call("POST", "/v1/x/backups", status=202)
        third = ended(2)
        assert third["copiedBytes"] < first["copiedBytes"] / 10, third
        said = run("backup", "list")
        assert len(said.splitlines()) == 2 and said.startswith(third["name"]), said
        said = run("backup", "verify")
        assert said.count("sound ") == 2 and "\nsound: " in said, said
        assert keys()["of/others"] == 8, "what is not ours stays"
        server.kill()

        # A wrong secret, a wrong bucket, and nobody there are told, with what to do.
        said = run("backup", "verify", code=1, settings=settings | {"QUIETZONE_BACKUP_ENDPOINT": f"http://{host}:9"})
        assert "check backup.endpoint" in said, said
        said = run("backup", "verify", "s3://nobodys/x", code=1)
        assert "check the bucket" in said and "<" not in said, said

        said = run("restore", TARGET, "--data", str(again))
        assert third["name"] in said and "secret.key is missing" in said, said
        assert (again / "media" / ("ab" * 32)).read_bytes() == (media / ("ab" * 32)).read_bytes()
        server = Server(binary, again, {})
        server.call("GET", "/of-s3", status=302, agent=IPHONE)
        path = f"/v1/events?linkId={link['id']}&verdict=all&pageSize=1"
        eventually("all scans", lambda: server.call("GET", path)["json"]["totalCount"] == 101 or None)
        server.stop()

        # A changed object is found, and never put back.
        key = next(key for key in keys() if key.startswith("of/us/segments/scans-"))
        body = bytearray(bucket.get_object(Bucket="quiet", Key=key)["Body"].read())
        body[len(body) // 2] ^= 1
        bucket.put_object(Bucket="quiet", Key=key, Body=bytes(body))
        said = run("backup", "verify", code=1)
        assert "its bytes are not those" in said and key.removeprefix("of/us/") in said, said
        said = run("restore", TARGET, "--data", str(pathlib.Path(folder, "third")), code=1)
        assert "its bytes are not those" in said, said
    moto.stop()
    print("backups in a bucket: made by the server and by the command, verified, restored, damage found")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
