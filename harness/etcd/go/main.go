// What etcd's own naming packages for Go make of a service: registers servers, lists them, and calls one that they find.
//
//	etcd-peer register ENDPOINT SERVICE ADDRESS   puts ADDRESS there under a lease, until stdin ends
//	etcd-peer list     ENDPOINT SERVICE           prints key, address and metadata of each server
//	etcd-peer call     ENDPOINT SERVICE METHOD    calls METHOD with an empty message, prints the length of the answer
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"os"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.etcd.io/etcd/client/v3/naming/endpoints"
	"go.etcd.io/etcd/client/v3/naming/resolver"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/known/emptypb"
)

const (
	limit      = 20 * time.Second
	ttlSeconds = 10
)

func main() {
	if len(os.Args) < 4 {
		log.Fatal("usage: etcd-peer register|list|call ENDPOINT SERVICE [ADDRESS|METHOD]")
	}
	client, err := clientv3.New(clientv3.Config{Endpoints: []string{os.Args[2]}, DialTimeout: limit})
	check(err)
	defer client.Close()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	switch os.Args[1] {
	case "register":
		register(ctx, client, os.Args[3], os.Args[4])
	case "list":
		list(ctx, client, os.Args[3])
	case "call":
		call(ctx, client, os.Args[3], os.Args[4])
	}
}

func register(ctx context.Context, client *clientv3.Client, service, address string) {
	manager, err := endpoints.NewManager(client, service)
	check(err)
	lease, err := client.Grant(ctx, ttlSeconds)
	check(err)
	metadata := map[string]any{"zone": "north", "weight": 3}
	endpoint := endpoints.Endpoint{Addr: address, Metadata: metadata}
	check(manager.AddEndpoint(ctx, service+"/"+address, endpoint, clientv3.WithLease(lease.ID)))
	fmt.Println("registered", address)
	_, err = io.Copy(io.Discard, os.Stdin)
	check(err)
	check(manager.DeleteEndpoint(context.Background(), service+"/"+address))
}

func list(ctx context.Context, client *clientv3.Client, service string) {
	manager, err := endpoints.NewManager(client, service)
	check(err)
	found, err := manager.List(ctx)
	check(err)
	for key, endpoint := range found {
		metadata, err := json.Marshal(endpoint.Metadata)
		check(err)
		fmt.Println(key, endpoint.Addr, string(metadata))
	}
}

func call(ctx context.Context, client *clientv3.Client, service, method string) {
	builder, err := resolver.NewBuilder(client)
	check(err)
	conn, err := grpc.NewClient("etcd:///"+service, grpc.WithResolvers(builder),
		grpc.WithTransportCredentials(insecure.NewCredentials()))
	check(err)
	defer conn.Close()
	reply := &emptypb.Empty{}
	check(conn.Invoke(ctx, method, &emptypb.Empty{}, reply))
	fmt.Println("answered", len(reply.ProtoReflect().GetUnknown()))
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
