// The driver: makes the calls that it reads from standard input, several at a time.
package main

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/mem"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

// fields are pairs of a name and a value; the value of a -bin name is base64.
type fields [][2]string

type callSpec struct {
	ID          int      `json:"id"`
	Path        string   `json:"path"`
	Kind        string   `json:"kind"`
	Requests    [][]byte `json:"requests"`
	Answers     []int    `json:"answers"`
	Metadata    fields   `json:"metadata"`
	TimeoutMs   *float64 `json:"timeoutMs"`
	CancelAfter *int     `json:"cancelAfter"`
	HoldOpen    bool     `json:"holdOpen"`
	Lockstep    bool     `json:"lockstep"`
}

type outcome struct {
	ID        int        `json:"id"`
	Code      codes.Code `json:"code"`
	Message   string     `json:"message"`
	Responses [][]byte   `json:"responses"`
	Headers   fields     `json:"headers"`
	Trailers  fields     `json:"trailers"`
	Status    []byte     `json:"status"`
}

// rawCodec hands messages on as the bytes that they are.
type rawCodec struct{}

func (rawCodec) Name() string { return "proto" }

func (rawCodec) Marshal(message any) (mem.BufferSlice, error) {
	return mem.BufferSlice{mem.SliceBuffer(*message.(*[]byte))}, nil
}

func (rawCodec) Unmarshal(data mem.BufferSlice, message any) error {
	*message.(*[]byte) = data.Materialize()
	return nil
}

var _ encoding.CodecV2 = rawCodec{}

func toMetadata(from fields) metadata.MD {
	md := metadata.MD{}
	for _, field := range from {
		value := field[1]
		if strings.HasSuffix(field[0], "-bin") {
			raw, err := base64.StdEncoding.DecodeString(value)
			must(err)
			value = string(raw)
		}
		md.Append(field[0], value)
	}
	return md
}

func fromMetadata(md metadata.MD) fields {
	result := fields{}
	for name, values := range md {
		for _, value := range values {
			if strings.HasSuffix(name, "-bin") {
				value = base64.StdEncoding.EncodeToString([]byte(value))
			}
			result = append(result, [2]string{name, value})
		}
	}
	return result
}

// call is one call on its way.
type call struct {
	spec     callSpec
	stream   grpc.ClientStream
	cancel   context.CancelFunc
	received chan struct{}
	result   outcome
}

func (c *call) send() {
	awaited := 0
	for index, request := range c.spec.Requests {
		for ; c.spec.Lockstep && awaited > 0; awaited-- {
			select {
			case <-c.received:
			case <-c.stream.Context().Done():
				return
			}
		}
		if c.stream.SendMsg(&request) != nil {
			return
		}
		awaited += c.spec.Answers[index]
	}
	if c.spec.HoldOpen {
		<-c.stream.Context().Done()
		return
	}
	_ = c.stream.CloseSend()
}

func (c *call) cancelAt(count int) {
	if c.spec.CancelAfter != nil && *c.spec.CancelAfter == count {
		c.cancel()
	}
}

func (c *call) receive() error {
	if md, err := c.stream.Header(); err == nil {
		c.result.Headers = fromMetadata(md)
		c.cancelAt(0)
	}
	for {
		var message []byte
		if err := c.stream.RecvMsg(&message); err != nil {
			return err
		}
		c.result.Responses = append(c.result.Responses, append([]byte{}, message...))
		c.received <- struct{}{}
		c.cancelAt(len(c.result.Responses))
		if c.spec.Kind == "unary" || c.spec.Kind == "client_streaming" {
			return io.EOF
		}
	}
}

func (c *call) finish(err error) outcome {
	if c.stream != nil {
		c.result.Trailers = fromMetadata(c.stream.Trailer())
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	st := status.Convert(err)
	c.result.Code = st.Code()
	c.result.Message = st.Message()
	if len(st.Proto().GetDetails()) > 0 {
		c.result.Status, _ = proto.Marshal(st.Proto())
	}
	return c.result
}

func makeCall(channel *grpc.ClientConn, spec callSpec) outcome {
	ctx, cancel := context.WithCancel(metadata.NewOutgoingContext(context.Background(), toMetadata(spec.Metadata)))
	defer cancel()
	if spec.TimeoutMs != nil {
		var stop context.CancelFunc
		ctx, stop = context.WithTimeout(ctx, time.Duration(*spec.TimeoutMs*float64(time.Millisecond)))
		defer stop()
	}
	c := &call{spec: spec, cancel: cancel, received: make(chan struct{}, 100_000)}
	c.result = outcome{ID: spec.ID, Responses: [][]byte{}, Headers: fields{}, Trailers: fields{}}
	desc := &grpc.StreamDesc{
		ServerStreams: spec.Kind == "server_streaming" || spec.Kind == "bidi_streaming",
		ClientStreams: spec.Kind == "client_streaming" || spec.Kind == "bidi_streaming",
	}
	stream, err := channel.NewStream(ctx, desc, spec.Path, grpc.ForceCodecV2(rawCodec{}))
	if err != nil {
		return c.finish(err)
	}
	c.stream = stream
	go c.send()
	return c.finish(c.receive())
}

func drive(target string) {
	options := []grpc.DialOption{grpc.WithTransportCredentials(transportCredentials())}
	if name := os.Getenv("INTEROP_COMPRESSION"); name != "" {
		options = append(options, grpc.WithDefaultCallOptions(grpc.UseCompressor(name)))
	}
	channel, err := grpc.NewClient(target, options...)
	must(err)
	defer channel.Close()
	var running sync.WaitGroup
	var writing sync.Mutex
	output := json.NewEncoder(os.Stdout)
	input := json.NewDecoder(bufio.NewReader(os.Stdin))
	os.Stdout.WriteString("listening 0\n")
	for {
		var spec callSpec
		if err := input.Decode(&spec); err != nil {
			break
		}
		running.Go(func() {
			result := makeCall(channel, spec)
			writing.Lock()
			defer writing.Unlock()
			_ = output.Encode(result)
		})
	}
	running.Wait()
}
