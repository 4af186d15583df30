// The interop service and a driver for its scenarios on grpc-go.
//
//	interop server [-cert FILE -key FILE [-ca FILE]]              prints "listening PORT"
//	interop client TARGET [-ca FILE [-cert FILE -key FILE]]       reads calls and writes outcomes, JSON lines;
//	                                                              INTEROP_COMPRESSION=gzip compresses the requests
package main

import (
	"crypto/tls"
	"crypto/x509"
	"flag"
	"log"
	"os"

	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	// Registers gzip, for requests and, in the encoding of its requests, for responses.
	_ "google.golang.org/grpc/encoding/gzip"
)

var (
	certFile = flag.String("cert", "", "own certificate, PEM")
	keyFile  = flag.String("key", "", "own private key, PEM")
	caFile   = flag.String("ca", "", "authority of the other side, PEM")
)

func main() {
	mode := os.Args[1]
	if mode == "server" {
		must(flag.CommandLine.Parse(os.Args[2:]))
		serve()
		return
	}
	must(flag.CommandLine.Parse(os.Args[3:]))
	drive(os.Args[2])
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// tlsConfig is nil when no certificate and no authority is given: plaintext.
func tlsConfig() *tls.Config {
	if *certFile == "" && *caFile == "" {
		return nil
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if *certFile != "" {
		pair, err := tls.LoadX509KeyPair(*certFile, *keyFile)
		must(err)
		config.Certificates = []tls.Certificate{pair}
	}
	if *caFile != "" {
		pem, err := os.ReadFile(*caFile)
		must(err)
		pool := x509.NewCertPool()
		pool.AppendCertsFromPEM(pem)
		config.RootCAs = pool
		config.ClientCAs = pool
		config.ClientAuth = tls.RequireAndVerifyClientCert
	}
	return config
}

func transportCredentials() credentials.TransportCredentials {
	if config := tlsConfig(); config != nil {
		return credentials.NewTLS(config)
	}
	return insecure.NewCredentials()
}
