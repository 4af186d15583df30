// The interop service.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	channelz "google.golang.org/grpc/channelz/service"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/reflection"
	"google.golang.org/grpc/status"

	pb "trunkline.dev/interop/interoppb"
)

// cancelLog remembers which tagged calls were cancelled.
type cancelLog struct {
	mutex sync.Mutex
	seen  map[string]chan struct{}
}

func (l *cancelLog) of(tag string) chan struct{} {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if l.seen[tag] == nil {
		l.seen[tag] = make(chan struct{})
	}
	return l.seen[tag]
}

type service struct {
	pb.UnimplementedInteropServiceServer
	log cancelLog
}

// begin echoes metadata, and notes the cancellation of a tagged call.
func (s *service) begin(ctx context.Context, sendHeader, setTrailer func(metadata.MD)) {
	md, _ := metadata.FromIncomingContext(ctx)
	if echo := md.Get("x-echo"); len(echo) > 0 {
		sendHeader(metadata.MD{"x-echo": echo})
	}
	if echo := md.Get("x-echo-bin"); len(echo) > 0 {
		setTrailer(metadata.MD{"x-echo-bin": echo})
	}
	if tag := md.Get("x-tag"); len(tag) > 0 {
		seen := s.log.of(tag[0])
		context.AfterFunc(ctx, func() { close(seen) })
	}
}

func (s *service) beginStream(stream grpc.ServerStream) {
	s.begin(stream.Context(), func(md metadata.MD) { _ = stream.SendHeader(md) }, stream.SetTrailer)
}

func failure(f *pb.Failure) error {
	st := status.New(codes.Code(f.Code), f.Message)
	if f.Reason == "" {
		return st.Err()
	}
	detailed, err := st.WithDetails(&errdetails.ErrorInfo{Reason: f.Reason, Domain: "interop"})
	if err != nil {
		return err
	}
	return detailed.Err()
}

func (s *service) Unary(ctx context.Context, request *pb.UnaryRequest) (*pb.UnaryResponse, error) {
	s.begin(ctx, func(md metadata.MD) { _ = grpc.SendHeader(ctx, md) }, func(md metadata.MD) { _ = grpc.SetTrailer(ctx, md) })
	if request.Failure != nil {
		return nil, failure(request.Failure)
	}
	if request.Hang {
		<-ctx.Done()
		return nil, status.FromContextError(ctx.Err()).Err()
	}
	return &pb.UnaryResponse{Payload: request.Payload}, nil
}

func (s *service) ServerStream(request *pb.ServerStreamRequest, stream grpc.ServerStreamingServer[pb.ServerStreamResponse]) error {
	s.beginStream(stream)
	for _, size := range request.Sizes {
		if err := stream.Send(&pb.ServerStreamResponse{Payload: make([]byte, size)}); err != nil {
			return err
		}
	}
	if request.Failure != nil {
		return failure(request.Failure)
	}
	if request.Hang {
		<-stream.Context().Done()
		return status.FromContextError(stream.Context().Err()).Err()
	}
	return nil
}

func (s *service) ClientStream(stream grpc.ClientStreamingServer[pb.ClientStreamRequest, pb.ClientStreamResponse]) error {
	s.beginStream(stream)
	sum := &pb.ClientStreamResponse{}
	for {
		request, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return stream.SendAndClose(sum)
		}
		if err != nil {
			return err
		}
		if request.Failure != nil {
			return failure(request.Failure)
		}
		sum.TotalBytes += int64(len(request.Payload))
		sum.Count++
	}
}

func (s *service) BidiStream(stream grpc.BidiStreamingServer[pb.BidiStreamRequest, pb.BidiStreamResponse]) error {
	s.beginStream(stream)
	for {
		request, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return untilCancelled(stream.Context())
		}
		if err != nil {
			return err
		}
		for _, size := range request.Sizes {
			if err := stream.Send(&pb.BidiStreamResponse{Payload: make([]byte, size)}); err != nil {
				return err
			}
		}
		if request.Failure != nil {
			return failure(request.Failure)
		}
	}
}

// untilCancelled waits for the end of a tagged call, and not at all for that of any other.
func untilCancelled(ctx context.Context) error {
	if metadata.ValueFromIncomingContext(ctx, "x-tag") == nil {
		return nil
	}
	<-ctx.Done()
	return status.FromContextError(ctx.Err()).Err()
}

func (s *service) AwaitCancelled(ctx context.Context, request *pb.AwaitCancelledRequest) (*pb.AwaitCancelledResponse, error) {
	select {
	case <-s.log.of(request.Tag):
		return &pb.AwaitCancelledResponse{}, nil
	case <-ctx.Done():
		return nil, status.FromContextError(ctx.Err()).Err()
	}
}

func serve() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(err)
	server := grpc.NewServer(grpc.Creds(transportCredentials()))
	pb.RegisterInteropServiceServer(server, &service{log: cancelLog{seen: map[string]chan struct{}{}}})
	grpc_health_v1.RegisterHealthServer(server, health.NewServer())
	channelz.RegisterChannelzServiceToServer(server)
	reflection.Register(server)
	fmt.Printf("listening %d\n", listener.Addr().(*net.TCPAddr).Port)
	must(server.Serve(listener))
}
