// The grpc-go client of the benchmark: the same workloads as src/workload/run-client.ts.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"regexp"
	"sort"
	"strconv"
	"sync"
	"syscall"
	"time"

	pb "trunkline.dev/bench/gen/trunkline/bench/v1"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

const (
	listCount       = 100_000
	chunkBytes      = 64 * 1024
	chunksPerUpload = 8192
	echoBytes       = 1024 * 1024
)

type result struct {
	Count        int64   `json:"count"`
	Seconds      float64 `json:"seconds"`
	CpuUs        float64 `json:"cpuUs"`
	P50Us        float64 `json:"p50Us,omitempty"`
	P99Us        float64 `json:"p99Us,omitempty"`
	PeakRssBytes int64   `json:"peakRssBytes"`
}

type limits struct{ warm, measure time.Duration }

func runClient(arguments []string) {
	if len(arguments) != 5 {
		log.Fatal("usage: bench client WORKLOAD PORT IN_FLIGHT WARM_MS MEASURE_MS")
	}
	connection, err := grpc.NewClient("127.0.0.1:"+arguments[1],
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(1<<30)))
	if err != nil {
		log.Fatal(err)
	}
	defer connection.Close()
	bound := limits{milliseconds(arguments[3]), milliseconds(arguments[4])}
	inFlight, _ := strconv.Atoi(arguments[2])
	measured := runWorkload(pb.NewBenchServiceClient(connection), arguments[0], inFlight, bound)
	if err := json.NewEncoder(os.Stdout).Encode(measured); err != nil {
		log.Fatal(err)
	}
}

func milliseconds(text string) time.Duration {
	value, err := strconv.Atoi(text)
	if err != nil {
		log.Fatal(err)
	}
	return time.Duration(value) * time.Millisecond
}

func runWorkload(client pb.BenchServiceClient, name string, inFlight int, bound limits) result {
	ctx := context.Background()
	switch name {
	case "unary":
		return measureLoops(inFlight, bound, func() { getUser(ctx, client) })
	case "echo":
		payload := make([]byte, echoBytes)
		for i := range payload {
			payload[i] = byte(i * 31)
		}
		return measureLoops(1, bound, func() { echo(ctx, client, payload) })
	case "chat":
		stream, err := client.Chat(ctx)
		check(err)
		return measureLoops(1, bound, func() { roundTrip(stream) })
	case "list":
		return measureWhole(bound, func() int64 { return listUsers(ctx, client) })
	case "upload":
		return measureWhole(bound, func() int64 { return upload(ctx, client) })
	}
	log.Fatalf("no workload is called %q", name)
	return result{}
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func checkUser(user *pb.User) {
	if user.GetId() != "u-000042" {
		log.Fatalf("expected the user u-000042, received %q", user.GetId())
	}
}

func getUser(ctx context.Context, client pb.BenchServiceClient) {
	reply, err := client.GetUser(ctx, &pb.GetUserRequest{Id: "u-000042"})
	check(err)
	checkUser(reply.User)
}

func echo(ctx context.Context, client pb.BenchServiceClient, payload []byte) {
	reply, err := client.Echo(ctx, &pb.EchoRequest{Payload: payload})
	check(err)
	if len(reply.Payload) != len(payload) {
		log.Fatal("wrong length")
	}
}

func roundTrip(stream grpc.BidiStreamingClient[pb.ChatRequest, pb.ChatResponse]) {
	check(stream.Send(&pb.ChatRequest{Text: "hello"}))
	reply, err := stream.Recv()
	check(err)
	if reply.Text != "hello" {
		log.Fatal("wrong reply")
	}
}

func listUsers(ctx context.Context, client pb.BenchServiceClient) int64 {
	stream, err := client.ListUsers(ctx, &pb.ListUsersRequest{Count: listCount})
	check(err)
	var received int64
	for {
		reply, err := stream.Recv()
		if err != nil {
			break
		}
		checkUser(reply.User)
		received++
	}
	if received != listCount {
		log.Fatalf("expected %d users, received %d", listCount, received)
	}
	return received
}

func upload(ctx context.Context, client pb.BenchServiceClient) int64 {
	stream, err := client.Upload(ctx)
	check(err)
	chunk := make([]byte, chunkBytes)
	for range chunksPerUpload {
		check(stream.Send(&pb.UploadRequest{Chunk: chunk}))
	}
	reply, err := stream.CloseAndRecv()
	check(err)
	return reply.ByteCount
}

func measureLoops(inFlight int, bound limits, operation func()) result {
	from := time.Now().Add(bound.warm)
	until := from.Add(bound.measure)
	latencies := make([][]float64, inFlight)
	var cpu float64
	var once sync.Once
	var group sync.WaitGroup
	for worker := range inFlight {
		group.Go(func() {
			for now := time.Now(); now.Before(until); {
				startedAt := now
				operation()
				now = time.Now()
				if startedAt.Before(from) {
					continue
				}
				once.Do(func() { cpu = cpuUs() })
				latencies[worker] = append(latencies[worker], float64(now.Sub(startedAt))/1e3)
			}
		})
	}
	group.Wait()
	measured := summary(0, time.Since(from), cpu)
	var all []float64
	for _, some := range latencies {
		all = append(all, some...)
	}
	sort.Float64s(all)
	measured.Count = int64(len(all))
	if len(all) > 0 {
		measured.P50Us = all[len(all)/2]
		measured.P99Us = all[len(all)*99/100]
	}
	return measured
}

func measureWhole(bound limits, operation func() int64) result {
	for until := time.Now().Add(bound.warm); time.Now().Before(until); {
		operation()
	}
	cpu := cpuUs()
	from := time.Now()
	var count int64
	for time.Since(from) < bound.measure {
		count += operation()
	}
	return summary(count, time.Since(from), cpu)
}

func summary(count int64, elapsed time.Duration, cpuBefore float64) result {
	return result{Count: count, Seconds: elapsed.Seconds(), CpuUs: cpuUs() - cpuBefore, PeakRssBytes: peakRss()}
}

func cpuUs() float64 {
	var usage syscall.Rusage
	check(syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return float64(usage.Utime.Nano()+usage.Stime.Nano()) / 1e3
}

func peakRss() int64 {
	status, err := os.ReadFile("/proc/self/status")
	check(err)
	match := regexp.MustCompile(`VmHWM:\s+(\d+)`).FindSubmatch(status)
	if match == nil {
		log.Fatal(fmt.Errorf("/proc/self/status has no VmHWM"))
	}
	kib, err := strconv.ParseInt(string(match[1]), 10, 64)
	check(err)
	return kib * 1024
}
