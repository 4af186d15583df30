// Go's net/http as HTTP/2 client and server, for the exchanges that every peer makes.
package main

import (
	"bytes"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

// One exchange as the harness compares it.
type outcome struct {
	Name     string            `json:"name"`
	Status   int               `json:"status"`
	Bytes    int               `json:"bytes"`
	Sha256   string            `json:"sha256"`
	Headers  map[string]string `json:"headers"`
	Trailers map[string]string `json:"trailers"`
}

func pattern(length int) []byte {
	body := make([]byte, length)
	for i := range body {
		body[i] = byte(i*31 + 7)
	}
	return body
}

func hash(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

func custom(header http.Header) map[string]string {
	found := map[string]string{}
	for name, values := range header {
		if strings.HasPrefix(name, "X-") {
			found[strings.ToLower(name)] = strings.Join(values, ", ")
		}
	}
	return found
}

func exchange(client *http.Client, name, method, url string, body []byte, header http.Header) outcome {
	var reader io.Reader
	if body != nil {
		// Without its length, so that it goes out as a stream.
		reader = io.MultiReader(bytes.NewReader(body))
	}
	request, err := http.NewRequest(method, url, reader)
	fail(err)
	for key, values := range header {
		request.Header[key] = values
	}
	response, err := client.Do(request)
	fail(err)
	if response.ProtoMajor != 2 {
		fail(fmt.Errorf("%s is not HTTP/2", response.Proto))
	}
	received, err := io.ReadAll(response.Body)
	fail(err)
	response.Body.Close()
	return outcome{name, response.StatusCode, len(received), hash(received), custom(response.Header), custom(response.Trailer)}
}

func runClient(base string) {
	protocols := new(http.Protocols)
	protocols.SetUnencryptedHTTP2(true)
	protocols.SetHTTP2(true)
	transport := &http.Transport{Protocols: protocols, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
	client := &http.Client{Transport: transport, Timeout: 20 * time.Second}
	many := make([]outcome, 50)
	var group sync.WaitGroup
	for i := range many {
		group.Add(1)
		go func() {
			defer group.Done()
			many[i] = exchange(client, "many", "GET", base+"/hello", nil, nil)
		}()
	}
	group.Wait()
	text := strings.Repeat("v", 4000)
	outcomes := append(many,
		exchange(client, "hello", "GET", base+"/hello", nil, nil),
		exchange(client, "head", "HEAD", base+"/hello", nil, nil),
		exchange(client, "echo", "POST", base+"/echo", pattern(300000), nil),
		exchange(client, "large", "GET", base+"/large", nil, nil),
		exchange(client, "missing", "GET", base+"/missing", nil, nil),
		exchange(client, "headers", "GET", base+"/headers", nil, http.Header{"X-Text": {text}}),
	)
	fail(json.NewEncoder(os.Stdout).Encode(outcomes))
}

func serve(writer http.ResponseWriter, request *http.Request) {
	switch request.URL.Path {
	case "/hello":
		writer.Header().Set("Content-Length", "5")
		io.WriteString(writer, "hello")
	case "/echo":
		writer.Header().Set("Trailer", "X-Bytes")
		body, err := io.ReadAll(request.Body)
		if err != nil {
			return
		}
		writer.Write(body)
		writer.Header().Set("X-Bytes", strconv.Itoa(len(body)))
	case "/large":
		writer.Write(pattern(5000000))
	case "/headers":
		writer.Header().Set("X-Text", request.Header.Get("X-Text"))
	default:
		writer.WriteHeader(404)
	}
}

func runServer(certificate, key string) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	fail(err)
	protocols := new(http.Protocols)
	protocols.SetUnencryptedHTTP2(true)
	protocols.SetHTTP2(true)
	server := &http.Server{Handler: http.HandlerFunc(serve), Protocols: protocols}
	fmt.Printf("listening %d\n", listener.Addr().(*net.TCPAddr).Port)
	if certificate == "" {
		fail(server.Serve(listener))
	}
	fail(server.ServeTLS(listener, certificate, key))
}

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// client URL | server [CERTIFICATE KEY]
func main() {
	switch {
	case len(os.Args) == 3 && os.Args[1] == "client":
		runClient(os.Args[2])
	case len(os.Args) == 2 && os.Args[1] == "server":
		runServer("", "")
	case len(os.Args) == 4 && os.Args[1] == "server":
		runServer(os.Args[2], os.Args[3])
	default:
		fail(fmt.Errorf("usage: client URL | server [CERTIFICATE KEY]"))
	}
}
