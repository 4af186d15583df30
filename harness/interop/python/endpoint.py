"""Channels and ports of grpcio, secured as the flags say; both programs use them."""

import argparse
import os

import grpc


def read(path):
    if path is None:
        return None
    with open(path, "rb") as file:
        return file.read()


def compression():
    """What messages are compressed with: `INTEROP_COMPRESSION` says `gzip`, `deflate` or nothing."""
    return {
        "gzip": grpc.Compression.Gzip,
        "deflate": grpc.Compression.Deflate,
    }.get(os.environ.get("INTEROP_COMPRESSION"))


def create_parser():
    """A parser with the flags that secure a connection."""
    parser = argparse.ArgumentParser()
    for flag in ("-cert", "-key", "-ca"):
        parser.add_argument(flag)
    return parser


def open_channel(options):
    """A channel to `options.target`."""
    # The default of every other implementation.
    limits = [("grpc.max_receive_message_length", 4 << 20)]
    if options.ca is None:
        return grpc.insecure_channel(
            options.target, options=limits, compression=compression()
        )
    credentials = grpc.ssl_channel_credentials(
        read(options.ca), read(options.key), read(options.cert)
    )
    return grpc.secure_channel(
        options.target, credentials, options=limits, compression=compression()
    )


def serve(server, options):
    """Lets the server listen on a free port, says which, and stays."""
    if options.cert:
        credentials = grpc.ssl_server_credentials(
            [(read(options.key), read(options.cert))],
            root_certificates=read(options.ca),
            require_client_auth=options.ca is not None,
        )
        port = server.add_secure_port("127.0.0.1:0", credentials)
    else:
        port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(f"listening {port}", flush=True)
    server.wait_for_termination()
