"""Asks the standard services of the server `target` with grpcio's clients, and prints the answers as JSON."""

import json

from google.protobuf.descriptor_pool import DescriptorPool
from grpc_channelz.v1 import channelz_pb2, channelz_pb2_grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import (
    ProtoReflectionDescriptorDatabase,
)

from endpoint import create_parser, open_channel


def ask_health(channel):
    stub = health_pb2_grpc.HealthStub(channel)
    request = health_pb2.HealthCheckRequest(service="")
    watch = stub.Watch(health_pb2.HealthCheckRequest(service="no.Such"), timeout=10)
    first = next(watch).status
    watch.cancel()
    return {"check": stub.Check(request, timeout=10).status, "watch": first}


def ask_reflection(channel):
    database = ProtoReflectionDescriptorDatabase(channel)
    pool = DescriptorPool(database)
    service = pool.FindServiceByName("trunkline.interop.v1.InteropService")
    return {
        "services": list(database.get_services()),
        "methods": [method.name for method in service.methods],
    }


def ask_channelz(channel):
    stub = channelz_pb2_grpc.ChannelzStub(channel)
    server = stub.GetServers(channelz_pb2.GetServersRequest(), timeout=10).server[0]
    sockets = stub.GetServerSockets(
        channelz_pb2.GetServerSocketsRequest(server_id=server.ref.server_id), timeout=10
    )
    request = channelz_pb2.GetSocketRequest(socket_id=sockets.socket_ref[0].socket_id)
    socket = stub.GetSocket(request, timeout=10).socket
    return {
        "listening": [one.name for one in server.listen_socket],
        "streams": socket.data.streams_started,
        "remote": socket.remote.tcpip_address.port,
    }


def main():
    parser = create_parser()
    parser.add_argument("target")
    with open_channel(parser.parse_args()) as channel:
        answers = {
            "health": ask_health(channel),
            "reflection": ask_reflection(channel),
            "channelz": ask_channelz(channel),
        }
    print(json.dumps(answers))


if __name__ == "__main__":
    main()
