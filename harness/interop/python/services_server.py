"""A server with the standard services of grpcio: health, reflection, channelz."""

from concurrent import futures

import grpc
from grpc_channelz.v1 import channelz
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from endpoint import create_parser, serve


def main():
    options = create_parser().parse_args()
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=10))
    servicer = health.HealthServicer()
    servicer.set("some.Service", health_pb2.HealthCheckResponse.NOT_SERVING)
    health_pb2_grpc.add_HealthServicer_to_server(servicer, server)
    channelz.add_channelz_servicer(server)
    names = [
        health_pb2.DESCRIPTOR.services_by_name["Health"].full_name,
        "grpc.channelz.v1.Channelz",
        reflection.SERVICE_NAME,
    ]
    reflection.enable_server_reflection(names, server)
    serve(server, options)


if __name__ == "__main__":
    main()
