// The grpc-go server of the benchmark.
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"

	pb "trunkline.dev/bench/gen/trunkline/bench/v1"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
)

var sampleUser = &pb.User{
	Id:          "u-000042",
	Name:        "Ada Lovelace",
	Email:       "ada@example.org",
	Age:         36,
	Active:      true,
	Roles:       []string{"admin"},
	CreatedAtMs: 1760000000000,
}

type benchServer struct {
	pb.UnimplementedBenchServiceServer
}

func (benchServer) GetUser(context.Context, *pb.GetUserRequest) (*pb.GetUserResponse, error) {
	return &pb.GetUserResponse{User: sampleUser}, nil
}

func (benchServer) ListUsers(request *pb.ListUsersRequest, stream grpc.ServerStreamingServer[pb.ListUsersResponse]) error {
	for range request.Count {
		if err := stream.Send(&pb.ListUsersResponse{User: sampleUser}); err != nil {
			return err
		}
	}
	return nil
}

func (benchServer) Chat(stream grpc.BidiStreamingServer[pb.ChatRequest, pb.ChatResponse]) error {
	for {
		request, err := stream.Recv()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if err := stream.Send(&pb.ChatResponse{Text: request.Text}); err != nil {
			return err
		}
	}
}

func (benchServer) Echo(_ context.Context, request *pb.EchoRequest) (*pb.EchoResponse, error) {
	return &pb.EchoResponse{Payload: request.Payload}, nil
}

func (benchServer) Upload(stream grpc.ClientStreamingServer[pb.UploadRequest, pb.UploadResponse]) error {
	var byteCount int64
	for {
		request, err := stream.Recv()
		if err == io.EOF {
			return stream.SendAndClose(&pb.UploadResponse{ByteCount: byteCount})
		}
		if err != nil {
			return err
		}
		byteCount += int64(len(request.Chunk))
	}
}

func serve(arguments []string) {
	options := []grpc.ServerOption{grpc.MaxRecvMsgSize(1 << 30), grpc.MaxConcurrentStreams(1000)}
	if len(arguments) == 3 && arguments[0] == "--tls" {
		tls, err := credentials.NewServerTLSFromFile(arguments[2], arguments[1])
		if err != nil {
			log.Fatal(err)
		}
		options = append(options, grpc.Creds(tls))
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("{\"port\":%d}\n", listener.Addr().(*net.TCPAddr).Port)
	server := grpc.NewServer(options...)
	pb.RegisterBenchServiceServer(server, benchServer{})
	log.Fatal(server.Serve(listener))
}
