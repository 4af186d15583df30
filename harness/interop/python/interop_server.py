"""The interop service on grpcio: prints "listening PORT"."""

import threading
from concurrent import futures

import grpc
from endpoint import compression, create_parser, serve
from google.protobuf import any_pb2
from google.rpc import error_details_pb2, status_pb2
from trunkline.interop.v1 import interop_pb2, interop_pb2_grpc

DETAILS_KEY = "grpc-status-details-bin"


class CancelLog:
    """Remembers which tagged calls were cancelled."""

    def __init__(self):
        self._lock = threading.Lock()
        self._seen = {}

    def of(self, tag):
        with self._lock:
            return self._seen.setdefault(tag, threading.Event())


class Service(interop_pb2_grpc.InteropServiceServicer):
    """What each method does is written in interop.proto."""

    def __init__(self):
        self._log = CancelLog()

    def _begin(self, context):
        metadata = context.invocation_metadata()
        echo = [pair for pair in metadata if pair[0] == "x-echo"]
        trailers = [pair for pair in metadata if pair[0] == "x-echo-bin"]
        ended = threading.Event()
        for name, tag in metadata:
            if name == "x-tag":
                context.add_callback(self._log.of(tag).set)
        context.add_callback(ended.set)
        if echo:
            context.send_initial_metadata(echo)
        context.set_trailing_metadata(trailers)
        return trailers, ended

    @staticmethod
    def _fail(context, failure, trailers):
        code = next(code for code in grpc.StatusCode if code.value[0] == failure.code)
        if failure.reason:
            detail = any_pb2.Any()
            info = error_details_pb2.ErrorInfo(reason=failure.reason, domain="interop")
            detail.Pack(info)
            status = status_pb2.Status(
                code=failure.code, message=failure.message, details=[detail]
            )
            encoded = (DETAILS_KEY, status.SerializeToString())
            context.set_trailing_metadata([*trailers, encoded])
        context.abort(code, failure.message)

    def Unary(self, request, context):
        trailers, ended = self._begin(context)
        if request.HasField("failure"):
            self._fail(context, request.failure, trailers)
        if request.hang:
            ended.wait()
        return interop_pb2.UnaryResponse(payload=request.payload)

    def ServerStream(self, request, context):
        trailers, ended = self._begin(context)
        for size in request.sizes:
            yield interop_pb2.ServerStreamResponse(payload=bytes(size))
        if request.HasField("failure"):
            self._fail(context, request.failure, trailers)
        if request.hang:
            ended.wait()

    def ClientStream(self, request_iterator, context):
        trailers, _ = self._begin(context)
        total_bytes = 0
        count = 0
        for request in request_iterator:
            if request.HasField("failure"):
                self._fail(context, request.failure, trailers)
            total_bytes += len(request.payload)
            count += 1
        return interop_pb2.ClientStreamResponse(total_bytes=total_bytes, count=count)

    def BidiStream(self, request_iterator, context):
        trailers, ended = self._begin(context)
        for request in request_iterator:
            for size in request.sizes:
                yield interop_pb2.BidiStreamResponse(payload=bytes(size))
            if request.HasField("failure"):
                self._fail(context, request.failure, trailers)
        if any(name == "x-tag" for name, _ in context.invocation_metadata()):
            ended.wait()

    def AwaitCancelled(self, request, context):
        self._log.of(request.tag).wait(10)
        return interop_pb2.AwaitCancelledResponse()


def main():
    options = create_parser().parse_args()
    # A hundred calls at a time, and some that hang.
    server = grpc.server(
        futures.ThreadPoolExecutor(max_workers=150), compression=compression()
    )
    interop_pb2_grpc.add_InteropServiceServicer_to_server(Service(), server)
    serve(server, options)


if __name__ == "__main__":
    main()
