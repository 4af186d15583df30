"""The test service of the official interop cases on grpcio.

official_server.py DESCRIPTORS                 prints "listening PORT"
"""

import time
from concurrent import futures

import grpc
from endpoint import create_parser, serve
from official_contract import ECHO_INITIAL, ECHO_TRAILING, Contract


class TestService:
    """The test service. Whether a request came compressed is more than grpcio tells its handlers."""

    def __init__(self, contract):
        self._simple_response = contract.message("SimpleResponse")
        self._output = contract.message("StreamingOutputCallResponse")
        self._input_sum = contract.message("StreamingInputCallResponse")

    @staticmethod
    def _begin(context):
        metadata = context.invocation_metadata()
        context.send_initial_metadata([pair for pair in metadata if pair[0] == ECHO_INITIAL])
        context.set_trailing_metadata([pair for pair in metadata if pair[0] == ECHO_TRAILING])

    @staticmethod
    def _fail_if_asked(request, context):
        wanted = request.response_status
        if wanted.code:
            code = next(code for code in grpc.StatusCode if code.value[0] == wanted.code)
            context.abort(code, wanted.message)

    def _answer(self, request, context):
        for parameters in request.response_parameters:
            time.sleep(parameters.interval_us / 1e6)
            if not parameters.compressed.value:
                context.disable_next_message_compression()
            yield self._output(payload={"body": bytes(parameters.size)})

    def EmptyCall(self, request, _context):
        return request

    def UnaryCall(self, request, context):
        if request.response_compressed.value:
            context.set_compression(grpc.Compression.Gzip)
        self._begin(context)
        self._fail_if_asked(request, context)
        return self._simple_response(payload={"body": bytes(request.response_size)})

    def StreamingOutputCall(self, request, context):
        if any(parameters.compressed.value for parameters in request.response_parameters):
            context.set_compression(grpc.Compression.Gzip)
        yield from self._answer(request, context)

    def StreamingInputCall(self, requests, _context):
        total = sum(len(request.payload.body) for request in requests)
        return self._input_sum(aggregated_payload_size=total)

    def FullDuplexCall(self, requests, context):
        self._begin(context)
        for request in requests:
            self._fail_if_asked(request, context)
            yield from self._answer(request, context)

    def HalfDuplexCall(self, requests, context):
        for request in list(requests):
            yield from self._answer(request, context)


def main():
    parser = create_parser()
    parser.add_argument("descriptors")
    options = parser.parse_args()
    contract = Contract(options.descriptors)
    service = TestService(contract)
    handlers = {}
    for name, kind, request, response in contract.methods("TestService"):
        if hasattr(service, name):
            make = getattr(grpc, f"{kind}_rpc_method_handler")
            handlers[name] = make(
                getattr(service, name), request.FromString, response.SerializeToString
            )
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=32))
    server.add_generic_rpc_handlers(
        (grpc.method_handlers_generic_handler("grpc.testing.TestService", handlers),)
    )
    serve(server, options)


if __name__ == "__main__":
    main()
