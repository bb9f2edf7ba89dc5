"""Fires generated requests (schemathesis, seed fixed) at every operation of openapi.json on the real binary: none is
answered with a server error, and what is answered has the shape that the document promises.

    openapi_cases.py BINARY [EXAMPLES]
"""

import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

TOKEN = "sk_live_openapi_cases_0123456789abcdef01234567"
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
# Streams do not end; stopping the demo or the session of the token that asks would end what is asked.
NOT_ASKED = ["/v1/x/feed", "/v1/x/stream"]


def main(binary: str, examples: str) -> int:
    root = pathlib.Path(__file__).resolve().parents[3]
    document = json.loads((root / "openapi.json").read_text())
    operations = sum(
        method in ("get", "put", "post", "patch", "delete") for path in document["paths"].values() for method in path
    )
    with tempfile.TemporaryDirectory() as data:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            address = f"127.0.0.1:{free.getsockname()[1]}"
        environment = {name: value for name, value in os.environ.items() if not name.startswith("QUIETZONE_")}
        environment |= {
            "QUIETZONE_ADMIN_EMAIL": "owner@example.com",
            "QUIETZONE_ADMIN_PASSWORD": "a quiet zone of four modules",
            "QUIETZONE_API_TOKEN": TOKEN,
            "QUIETZONE_API_RATE_LIMIT": "0",
        }
        server = subprocess.Popen(
            [binary, "serve", "--data", data, "--listen", address],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        try:
            assert server.stdout is not None
            if not server.stdout.readline().startswith("listening on"):
                print("the server did not start", file=sys.stderr)
                return 1
            command = [
                str(pathlib.Path(sys.executable).with_name("st")),
                "run",
                str(root / "openapi.json"),
                f"--url=http://{address}",
                f"--header=Authorization: Bearer {TOKEN}",
                f"--checks={CHECKS}",
                "--phases=examples,coverage,fuzzing",
                f"--max-examples={examples}",
                "--seed=1",
                "--suppress-health-check=all",
                "--generation-database=none",
                "--request-timeout=20",
                "--continue-on-failure",
                "--warnings=off",
                "--no-color",
            ]
            command += [f"--exclude-path={path}" for path in NOT_ASKED]
            began = time.monotonic()
            code = subprocess.run(command, cwd=data, check=False).returncode
            alive = server.poll() is None
            if alive:
                urllib.request.urlopen(f"http://{address}/health/live", timeout=10).read()
            print(f"openapi: {operations} operations, {time.monotonic() - began:.0f} s, server alive: {alive}")
            return code if alive else 1
        finally:
            server.terminate()
            server.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "40"))
