"""The driver on grpcio: makes the calls that it reads from standard input, JSON lines."""

import base64
import json
import sys
import threading
from concurrent import futures

import grpc
from endpoint import create_parser, open_channel

DETAILS_KEY = "grpc-status-details-bin"


def to_metadata(fields):
    return [
        (name, base64.b64decode(value) if name.endswith("-bin") else value)
        for name, value in fields
    ]


def from_metadata(metadata):
    return [
        [name, base64.b64encode(value).decode() if name.endswith("-bin") else value]
        for name, value in metadata or []
        if name != DETAILS_KEY
    ]


class Exchange:
    """One call from its first request to its status."""

    def __init__(self, channel, spec):
        self._channel = channel
        self._spec = spec
        self._changed = threading.Condition()
        self._over = False
        self.responses = []
        self.headers = []

    def _requests(self):
        awaited = 0
        for index, request in enumerate(self._spec["requests"]):
            with self._changed:
                self._changed.wait_for(
                    lambda: self._over
                    or not self._spec["lockstep"]
                    or len(self.responses) >= awaited
                )
            yield base64.b64decode(request)
            awaited += self._spec["answers"][index]
        if self._spec["holdOpen"]:
            with self._changed:
                self._changed.wait_for(lambda: self._over)

    def _start(self):
        spec = self._spec
        timeout = spec["timeoutMs"]
        options = {
            "metadata": to_metadata(spec["metadata"]),
            "timeout": None if timeout is None else timeout / 1000,
        }
        kind = spec["kind"]
        first = base64.b64decode(spec["requests"][0]) if spec["requests"] else b""
        if kind == "unary":
            return self._channel.unary_unary(spec["path"]).future(first, **options)
        if kind == "server_streaming":
            return self._channel.unary_stream(spec["path"])(first, **options)
        if kind == "client_streaming":
            return self._channel.stream_unary(spec["path"]).future(
                self._requests(), **options
            )
        return self._channel.stream_stream(spec["path"])(self._requests(), **options)

    def _take(self, call, response):
        with self._changed:
            self.responses.append(base64.b64encode(response).decode())
            self._changed.notify_all()
        if self._spec["cancelAfter"] == len(self.responses):
            call.cancel()

    def _receive(self, call):
        try:
            self.headers = from_metadata(call.initial_metadata())
            if self._spec["cancelAfter"] == 0:
                call.cancel()
            if self._spec["kind"] in ("unary", "client_streaming"):
                self._take(call, call.result())
            else:
                for response in call:
                    self._take(call, response)
        except (grpc.RpcError, grpc.FutureCancelledError):
            pass  # The status of the call says it all.

    def run(self):
        call = self._start()
        self._receive(call)
        code = call.code()
        with self._changed:
            self._over = True
            self._changed.notify_all()
        trailing = call.trailing_metadata() or []
        status = next((value for name, value in trailing if name == DETAILS_KEY), None)
        return {
            "id": self._spec["id"],
            "code": code.value[0],
            "message": call.details() or "",
            "responses": self.responses,
            "headers": self.headers,
            "trailers": from_metadata(trailing),
            "status": base64.b64encode(status).decode() if status else None,
        }


def main():
    parser = create_parser()
    parser.add_argument("target")
    channel = open_channel(parser.parse_args())
    writing = threading.Lock()

    def make_call(spec):
        outcome = Exchange(channel, spec).run()
        with writing:
            print(json.dumps(outcome), flush=True)

    print("listening 0", flush=True)
    with futures.ThreadPoolExecutor(max_workers=150) as pool:
        for line in sys.stdin:
            pool.submit(make_call, json.loads(line))


if __name__ == "__main__":
    main()
