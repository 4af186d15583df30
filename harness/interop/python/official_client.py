"""The official interop cases on grpcio; what they do is written in "gRPC Interop Test Case Descriptions".

official_client.py DESCRIPTORS TARGET          reads cases to run and writes what came of them, JSON lines
"""

import json
import queue
import random
import sys
import time

import grpc
from endpoint import create_parser, open_channel
from official_contract import ECHO_INITIAL, ECHO_TRAILING, Contract

SPECIAL = "\t\ntest with whitespace\r\nand Unicode BMP \u263a and non-BMP \U0001f608\t\n"
REQUEST_SIZES = (27182, 8, 1828, 45904)
RESPONSE_SIZES = (31415, 9, 2653, 58979)


class Stub:
    """All methods of a service on a channel, by name."""

    def __init__(self, contract, channel, service):
        for name, kind, request, response in contract.methods(service):
            path = f"/grpc.testing.{service}/{name}"
            make = getattr(channel, kind)
            setattr(self, name, make(path, request.SerializeToString, response.FromString))


class Requests:
    """Requests that are sent when they are put; ends with `close`."""

    def __init__(self):
        self._queue = queue.Queue()
        self.put = self._queue.put

    def close(self):
        self.put(None)

    def __iter__(self):
        return iter(self._queue.get, None)


def check(actual, expected):
    if actual != expected:
        raise AssertionError(f"got {actual!r}, want {expected!r}")


def check_failure(code, details, call):
    """`call` makes a call; it must fail like this."""
    try:
        call()
    except grpc.RpcError as error:
        check(error.code(), code)
        if details is not None:
            check(error.details(), details)
        return
    raise AssertionError(f"the call went well, want {code}")


class Cases:
    """One method a case."""

    def __init__(self, contract, options):
        self._contract = contract
        self._options = options
        self._channel = open_channel(options)
        self._test = Stub(contract, self._channel, "TestService")
        self._simple = contract.message("SimpleRequest")
        self._output = contract.message("StreamingOutputCallRequest")
        self._input = contract.message("StreamingInputCallRequest")
        self._empty = contract.message("Empty")

    def _large(self, stub, compression=None, **fields):
        request = self._simple(response_size=314159, payload={"body": bytes(271828)}, **fields)
        response = stub.UnaryCall(request, compression=compression)
        check(response.payload.body, bytes(314159))

    def _question(self, response_size, request_size):
        return self._output(
            response_parameters=[{"size": response_size}], payload={"body": bytes(request_size)}
        )

    def empty_unary(self):
        check(self._test.EmptyCall(self._empty()), self._empty())

    def large_unary(self):
        self._large(self._test)

    def client_streaming(self):
        requests = (self._input(payload={"body": bytes(size)}) for size in REQUEST_SIZES)
        check(self._test.StreamingInputCall(requests).aggregated_payload_size, 74922)

    def server_streaming(self):
        request = self._output(response_parameters=[{"size": size} for size in RESPONSE_SIZES])
        responses = self._test.StreamingOutputCall(request)
        check(tuple(len(response.payload.body) for response in responses), RESPONSE_SIZES)

    def ping_pong(self):
        requests = Requests()
        call = self._test.FullDuplexCall(iter(requests))
        for request_size, response_size in zip(REQUEST_SIZES, RESPONSE_SIZES):
            requests.put(self._question(response_size, request_size))
            check(len(next(call).payload.body), response_size)
        requests.close()
        check(list(call), [])

    def empty_stream(self):
        check(list(self._test.FullDuplexCall(iter(()))), [])

    def custom_metadata(self):
        metadata = ((ECHO_INITIAL, "test_initial_metadata_value"), (ECHO_TRAILING, b"\xab\xab\xab"))

        def check_echo(call):
            check([pair for pair in call.initial_metadata() if pair[0] == ECHO_INITIAL], [metadata[0]])
            check([pair for pair in call.trailing_metadata() if pair[0] == ECHO_TRAILING], [metadata[1]])

        request = self._simple(response_size=1, payload={"body": bytes(1)})
        response, call = self._test.UnaryCall.with_call(request, metadata=metadata)
        check(len(response.payload.body), 1)
        check_echo(call)
        call = self._test.FullDuplexCall(iter([self._question(1, 1)]), metadata=metadata)
        check([len(response.payload.body) for response in call], [1])
        check_echo(call)

    def status_code_and_message(self):
        wanted = {"code": 2, "message": "test status message"}
        fail = (grpc.StatusCode.UNKNOWN, wanted["message"])
        check_failure(*fail, lambda: self._test.UnaryCall(self._simple(response_status=wanted)))
        requests = [self._output(response_status=wanted)]
        check_failure(*fail, lambda: list(self._test.FullDuplexCall(iter(requests))))

    def special_status_message(self):
        request = self._simple(response_status={"code": 2, "message": SPECIAL})
        check_failure(grpc.StatusCode.UNKNOWN, SPECIAL, lambda: self._test.UnaryCall(request))

    def unimplemented_method(self):
        call = lambda: self._test.UnimplementedCall(self._empty())
        check_failure(grpc.StatusCode.UNIMPLEMENTED, None, call)

    def unimplemented_service(self):
        stub = Stub(self._contract, self._channel, "UnimplementedService")
        call = lambda: stub.UnimplementedCall(self._empty())
        check_failure(grpc.StatusCode.UNIMPLEMENTED, None, call)

    def cancel_after_begin(self):
        requests = Requests()
        call = self._test.StreamingInputCall.future(iter(requests))
        check(call.cancel(), True)
        check(call.code(), grpc.StatusCode.CANCELLED)
        requests.close()

    def cancel_after_first_response(self):
        requests = Requests()
        call = self._test.FullDuplexCall(iter(requests))
        requests.put(self._question(31415, 27182))
        check(len(next(call).payload.body), 31415)
        check(call.cancel(), True)
        check_failure(grpc.StatusCode.CANCELLED, None, lambda: next(call))
        requests.close()

    def timeout_on_sleeping_server(self):
        requests = Requests()
        requests.put(self._output(payload={"body": bytes(27182)}))
        call = self._test.FullDuplexCall(iter(requests), timeout=0.001)
        check_failure(grpc.StatusCode.DEADLINE_EXCEEDED, None, lambda: next(call))
        requests.close()

    def client_compressed_unary(self):
        want, none = {"expect_compressed": {"value": True}}, {"expect_compressed": {"value": False}}
        probe = lambda: self._large(self._test, grpc.Compression.NoCompression, **want)
        check_failure(grpc.StatusCode.INVALID_ARGUMENT, None, probe)
        self._large(self._test, grpc.Compression.Gzip, **want)
        self._large(self._test, grpc.Compression.NoCompression, **none)

    def client_compressed_streaming(self):
        want = self._input(expect_compressed={"value": True}, payload={"body": bytes(27182)})
        probe = lambda: self._test.StreamingInputCall(iter([want]))
        check_failure(grpc.StatusCode.INVALID_ARGUMENT, None, probe)
        # What does not shrink is sent as it is; a call has no other way to leave one message alone.
        body = random.Random(1).randbytes(45904)
        none = self._input(expect_compressed={"value": False}, payload={"body": body})
        call = self._test.StreamingInputCall
        response = call(iter([want, none]), compression=grpc.Compression.Gzip)
        check(response.aggregated_payload_size, 73086)

    def server_compressed_unary(self):
        for value in (True, False):
            self._large(self._test, response_compressed={"value": value})

    def server_compressed_streaming(self):
        wanted = ((31415, True), (92653, False))
        parameters = [{"size": size, "compressed": {"value": value}} for size, value in wanted]
        responses = self._test.StreamingOutputCall(self._output(response_parameters=parameters))
        check([len(response.payload.body) for response in responses], [31415, 92653])

    def rpc_soak(self, **settings):
        self._soak(lambda: self._large(self._test), **settings)

    def channel_soak(self, **settings):
        def iterate():
            with open_channel(self._options) as channel:
                self._large(Stub(self._contract, channel, "TestService"))

        self._soak(iterate, **settings)

    @staticmethod
    def _soak(
        iterate,
        iterations,
        maxFailures,
        perIterationMaxAcceptableLatencyMs,
        overallTimeoutSeconds,
    ):
        failures = []
        ends = time.monotonic() + overallTimeoutSeconds
        for iteration in range(iterations):
            start = time.monotonic()
            check(start < ends, True)
            try:
                iterate()
            except (grpc.RpcError, AssertionError) as error:
                failures.append(f"iteration {iteration}: {error}")
            took_ms = (time.monotonic() - start) * 1000
            if took_ms > perIterationMaxAcceptableLatencyMs:
                failures.append(f"iteration {iteration}: took {took_ms} ms")
        check(failures[maxFailures:], [])


def main():
    parser = create_parser()
    parser.add_argument("descriptors")
    parser.add_argument("target")
    options = parser.parse_args()
    contract = Contract(options.descriptors)
    cases = Cases(contract, options)
    print("listening 0", flush=True)
    for line in sys.stdin:
        question = json.loads(line)
        error = None
        try:
            getattr(cases, question["case"])(**question["settings"])
        except (grpc.RpcError, AssertionError) as failure:
            error = repr(failure)
        print(json.dumps({"id": question["id"], "error": error}), flush=True)


if __name__ == "__main__":
    main()
