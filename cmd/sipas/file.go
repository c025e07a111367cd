package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// writeWhole writes a file whole or not at all, durably and readable by its owner
// only. A file that is there already is replaced only where that is asked for.
//
// Until it is whole it is .NAME.part beside its place. What a killed run left of that
// name is replaced; of two runs at a time the earlier fails.
func writeWhole(path string, replace bool, write func(io.Writer) error) error {
	if !replace {
		if err := free(path); err != nil {
			return err // before the work, not only after it
		}
	}
	failed := func(err error) error { return fmt.Errorf("the file cannot be written: %w", err) }
	folder, name := filepath.Split(path)
	part := filepath.Join(folder, "."+name+".part")
	if err := os.Remove(part); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return failed(err)
	}
	file, err := os.OpenFile(part, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return failed(err)
	}
	begun, err := file.Stat()
	if err != nil {
		return errors.Join(failed(err), file.Close())
	}
	own := func() bool {
		there, err := os.Lstat(part)
		return err == nil && os.SameFile(begun, there)
	}
	defer func() {
		if own() { // not once it has its name
			os.Remove(part)
		}
	}()
	if err := write(file); err != nil {
		return errors.Join(err, file.Close())
	}
	if err := errors.Join(file.Sync(), file.Close()); err != nil {
		return failed(err)
	}
	if !own() {
		return errors.New("another run has begun to write the same file")
	}
	if err := rename(part, path, replace); errors.Is(err, fs.ErrExist) {
		return taken(path)
	} else if err != nil {
		return failed(err)
	}
	// The name is made durable where the system can do so.
	if names, err := os.Open(filepath.Dir(path)); err == nil {
		_ = names.Sync()
		_ = names.Close()
	}
	return nil
}

func rename(from, path string, replace bool) error {
	if !replace {
		// A link refuses a file that came meanwhile. Some file systems of removable disks have none.
		if err := os.Link(from, path); err == nil || errors.Is(err, fs.ErrExist) {
			return err
		}
		if err := free(path); err != nil {
			return err
		}
	}
	return os.Rename(from, path)
}

func free(path string) error {
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return errors.Join(taken(path), err)
	}
	return nil
}

func taken(path string) error {
	return fmt.Errorf("there is a file %s already; it is not replaced", path)
}
