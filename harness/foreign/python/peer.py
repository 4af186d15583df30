"""python-hyper's h2 as HTTP/2 client and server, for the exchanges that every peer makes."""

import hashlib
import json
import socket
import ssl
import sys
import threading

import h2.config
import h2.connection
import h2.events


def pattern(length):
    return bytes((i * 31 + 7) & 0xFF for i in range(256)) * (length // 256) + bytes(
        (i * 31 + 7) & 0xFF for i in range(length % 256)
    )


class Stream:
    """What has arrived on a stream, and what is left to send on it."""

    def __init__(self, name=""):
        self.name = name
        self.headers = []
        self.trailers = []
        self.body = bytearray()
        self.unsent = b""
        self.unsent_trailers = None
        self.sends = False
        self.ended = False


class Peer:
    """One connection, driven until it has nothing more to do."""

    def __init__(self, transport, is_client):
        self.transport = transport
        config = h2.config.H2Configuration(client_side=is_client, header_encoding="utf-8")
        self.h2 = h2.connection.H2Connection(config=config)
        self.h2.initiate_connection()
        self.streams = {}
        self.flush()

    def flush(self):
        self.transport.sendall(self.h2.data_to_send())

    def begin_body(self, stream_id, body, trailers=None):
        stream = self.streams[stream_id]
        stream.unsent, stream.unsent_trailers, stream.sends = body, trailers, True
        self.send_more(stream_id)

    def send_more(self, stream_id):
        stream = self.streams.get(stream_id)
        if stream is None or not stream.sends:
            return
        while stream.unsent:
            size = min(
                len(stream.unsent),
                self.h2.local_flow_control_window(stream_id),
                self.h2.max_outbound_frame_size,
            )
            if size <= 0:
                return
            self.h2.send_data(stream_id, stream.unsent[:size])
            stream.unsent = stream.unsent[size:]
        stream.sends = False
        if stream.unsent_trailers is None:
            self.h2.end_stream(stream_id)
        else:
            self.h2.send_headers(stream_id, stream.unsent_trailers, end_stream=True)

    def run(self, is_done):
        """Reads until `is_done`; False when the other end has closed before."""
        while not is_done():
            received = self.transport.recv(65536)
            if not received:
                return False
            for event in self.h2.receive_data(received):
                self.handle(event)
            for stream_id in list(self.streams):
                self.send_more(stream_id)
            self.flush()
        return True

    def handle(self, event):
        if isinstance(event, (h2.events.RequestReceived, h2.events.ResponseReceived)):
            self.streams.setdefault(event.stream_id, Stream()).headers = event.headers
        elif isinstance(event, h2.events.DataReceived):
            self.streams[event.stream_id].body += event.data
            self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif isinstance(event, h2.events.TrailersReceived):
            self.streams[event.stream_id].trailers = event.headers
        elif isinstance(event, h2.events.StreamEnded):
            self.streams[event.stream_id].ended = True
            self.stream_ended(event.stream_id)
        elif isinstance(event, h2.events.StreamReset):
            raise RuntimeError(f"stream {event.stream_id} was reset: {event.error_code}")
        elif isinstance(event, h2.events.ConnectionTerminated) and event.error_code != 0:
            raise RuntimeError(f"GOAWAY {event.error_code}: {event.additional_data}")

    def stream_ended(self, stream_id):
        pass


class ServerPeer(Peer):
    def stream_ended(self, stream_id):
        stream = self.streams[stream_id]
        headers = dict(stream.headers)
        path, method = headers[":path"], headers[":method"]
        answer, body, trailers = [(":status", "200")], b"", None
        if path == "/hello":
            body = b"hello"
            answer.append(("content-length", "5"))
        elif path == "/echo":
            body = bytes(stream.body)
            trailers = [("x-bytes", str(len(body)))]
        elif path == "/large":
            body = pattern(5_000_000)
        elif path == "/headers":
            answer.append(("x-text", headers["x-text"]))
        else:
            answer = [(":status", "404")]
        is_bare = method == "HEAD" or (not body and trailers is None)
        self.h2.send_headers(stream_id, answer, end_stream=is_bare)
        if not is_bare:
            self.begin_body(stream_id, body, trailers)


def custom(fields):
    return {name: value for name, value in fields if name.startswith("x-")}


def outcome(stream):
    body = bytes(stream.body)
    return {
        "name": stream.name,
        "status": int(dict(stream.headers)[":status"]),
        "bytes": len(body),
        "sha256": hashlib.sha256(body).hexdigest(),
        "headers": custom(stream.headers),
        "trailers": custom(stream.trailers),
    }


def run_client(scheme, port):
    transport = socket.create_connection(("127.0.0.1", port), timeout=20)
    if scheme == "https":
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.set_alpn_protocols(["h2"])
        transport = context.wrap_socket(transport, server_hostname="localhost")
        assert transport.selected_alpn_protocol() == "h2"
    peer = Peer(transport, True)

    def begin(name, method, path, body=None, extra=()):
        stream_id = peer.h2.get_next_available_stream_id()
        peer.streams[stream_id] = Stream(name)
        head = [(":method", method), (":scheme", scheme), (":path", path)]
        head += [(":authority", f"127.0.0.1:{port}"), *extra]
        peer.h2.send_headers(stream_id, head, end_stream=body is None)
        if body is not None:
            peer.begin_body(stream_id, body)

    for _ in range(50):
        begin("many", "GET", "/hello")
    begin("hello", "GET", "/hello")
    begin("head", "HEAD", "/hello")
    begin("echo", "POST", "/echo", pattern(300_000))
    begin("large", "GET", "/large")
    begin("missing", "GET", "/missing")
    begin("headers", "GET", "/headers", extra=[("x-text", "v" * 4000)])
    peer.flush()
    if not peer.run(lambda: all(stream.ended for stream in peer.streams.values())):
        raise RuntimeError("the server closed the connection too early")
    print(json.dumps([outcome(stream) for stream in peer.streams.values()]))


def serve(transport):
    try:
        ServerPeer(transport, False).run(lambda: False)
    except OSError:
        pass


def run_server(files):
    listener = socket.create_server(("127.0.0.1", 0))
    print(f"listening {listener.getsockname()[1]}", flush=True)
    context = None
    if files:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*files)
        context.set_alpn_protocols(["h2"])
    while True:
        transport, _ = listener.accept()
        if context:
            transport = context.wrap_socket(transport, server_side=True)
        threading.Thread(target=serve, args=(transport,), daemon=True).start()


# client URL | server [CERTIFICATE KEY]
if sys.argv[1] == "client":
    scheme, _, rest = sys.argv[2].partition("://")
    run_client(scheme, int(rest.rpartition(":")[2]))
else:
    run_server(sys.argv[2:])
