// The grpc-go peer of the benchmark: `bench server [--tls KEY CERT]` or `bench client WORKLOAD PORT IN_FLIGHT WARM_MS MEASURE_MS`.
package main

import (
	"log"
	"os"
)

func main() {
	if len(os.Args) < 2 {
		log.Fatal("usage: bench server|client ...")
	}
	switch os.Args[1] {
	case "server":
		serve(os.Args[2:])
	case "client":
		runClient(os.Args[2:])
	default:
		log.Fatalf("unknown command %q", os.Args[1])
	}
}
