package main

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"testing"
)

// start runs a server and returns the address it prints and a function that stops it and returns what run returned.
func start(t *testing.T, args ...string) (address string, stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	out, in := io.Pipe()
	done := make(chan error, 1)
	go func() {
		err := run(ctx, append([]string{"--listen", "127.0.0.1:0"}, args...), in, io.Discard)
		in.CloseWithError(io.EOF)
		done <- err
	}()
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		cancel()
		t.Fatalf("no URI: %v; run: %v", err, <-done)
	}
	uri, err := url.Parse(line[:len(line)-1])
	if err != nil || uri.Scheme != "mongodb" {
		t.Fatalf("URI = %q, %v", line, err)
	}
	return uri.Host, func() error { cancel(); return <-done }
}

func connect(t *testing.T, address string) {
	t.Helper()
	connection, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	connection.Close()
}

func TestTemporaryFolderIsRemoved(t *testing.T) {
	parent := t.TempDir()
	t.Setenv("TMPDIR", parent)
	t.Setenv("TMP", parent)
	address, stop := start(t)
	connect(t, address)
	if names, _ := filepath.Glob(filepath.Join(parent, "sipas-devmongo-*")); len(names) != 1 {
		t.Fatalf("while running: %v", names)
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if names, _ := filepath.Glob(filepath.Join(parent, "*")); len(names) != 0 {
		t.Fatalf("left behind: %v", names)
	}
	if connection, err := net.Dial("tcp", address); err == nil {
		connection.Close()
		t.Fatal("still listening")
	}
}

func TestNamedFolderIsMadeAndKept(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "a new", "folder")
	for range 2 {
		address, stop := start(t, "--data", folder)
		connect(t, address)
		if err := stop(); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(folder); err != nil {
			t.Fatal(err)
		}
	}
}

func TestRefusals(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, args := range map[string][]string{
		"an address in use":     {"--listen", taken.Addr().String()},
		"a file for a folder":   {"--data", file},
		"an argument":           {"folder"},
		"an unknown flag":       {"--replica-set"},
		"an impossible address": {"--listen", "nowhere"},
	} {
		t.Run(name, func(t *testing.T) {
			if err := run(t.Context(), args, io.Discard, io.Discard); err == nil {
				t.Fatal("no error")
			}
		})
	}
}
