"""The messages and services of grpc.testing, from a google.protobuf.FileDescriptorSet: generated modules would lie in
`grpc.testing`, inside of grpcio's own package."""

from endpoint import read
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

ECHO_INITIAL = "x-grpc-test-echo-initial"
ECHO_TRAILING = "x-grpc-test-echo-trailing-bin"


class Contract:
    """The messages and services of grpc.testing."""

    def __init__(self, path):
        self._pool = descriptor_pool.DescriptorPool()
        for file in descriptor_pb2.FileDescriptorSet.FromString(read(path)).file:
            self._pool.Add(file)

    def message(self, name):
        descriptor = self._pool.FindMessageTypeByName(f"grpc.testing.{name}")
        return message_factory.GetMessageClass(descriptor)

    def methods(self, service):
        """Name, kind as grpcio spells it, and the two message classes of each method."""
        for method in self._pool.FindServiceByName(f"grpc.testing.{service}").methods:
            ends = (method.client_streaming, method.server_streaming)
            kind = "_".join("stream" if streams else "unary" for streams in ends)
            classes = (method.input_type.name, method.output_type.name)
            yield method.name, kind, *map(self.message, classes)
