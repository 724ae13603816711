// Verifies a log published by Hamlet with the Go project's own code for transparency logs (golang.org/x/mod/sumdb), which
// shares nothing with ours: the signed note with sumdb/note, every tile and the proofs of every entry with sumdb/tlog.
//
// Needs Debian's packages golang-go and golang-golang-x-mod-dev:
//
//	GO111MODULE=off GOPATH=/usr/share/gocode go run test/interop/verify-tlog.go DIRECTORY VERIFIER-KEY
//
// The verifier key is the one that `hamlet log info NAME` prints.
package main

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type files struct{ directory string }

func (f files) Height() int { return 8 }

func (f files) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var data [][]byte
	for _, tile := range tiles {
		// Go's paths begin with the height, those of the specification do not.
		path := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
		bytes, err := os.ReadFile(filepath.Join(f.directory, path))
		if err != nil {
			return nil, err
		}
		data = append(data, bytes)
	}
	return data, nil
}

func (f files) SaveTiles(tiles []tlog.Tile, data [][]byte) {}

func check(err error, what string) {
	if err == nil {
		return
	}
	fmt.Fprintln(os.Stderr, what+":", err)
	os.Exit(1)
}

func main() {
	directory, key := os.Args[1], os.Args[2]
	verifier, err := note.NewVerifier(key)
	check(err, "key")
	bytes, err := os.ReadFile(filepath.Join(directory, "checkpoint"))
	check(err, "checkpoint")
	opened, err := note.Open(bytes, note.VerifierList(verifier))
	check(err, "note")
	lines := strings.Split(opened.Text, "\n")
	if lines[0] != verifier.Name() {
		check(fmt.Errorf("origin %q is not the name of the key", lines[0]), "checkpoint")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	check(err, "size")
	root, err := base64.StdEncoding.DecodeString(lines[2])
	check(err, "root")
	tree := tlog.Tree{N: size}
	copy(tree.Hash[:], root)
	reader := tlog.TileHashReader(tree, files{directory})

	entries := int64(0)
	step := size/5000 + 1
	for n := int64(0); n*256 < size; n++ {
		width := 256
		if size-n*256 < 256 {
			width = int(size - n*256)
		}
		tile := tlog.Tile{H: 8, L: -1, N: n, W: width}
		path := strings.Replace(tile.Path(), "tile/8/data/", "tile/entries/", 1)
		bundle, err := os.ReadFile(filepath.Join(directory, path))
		check(err, path)
		for i := 0; i < width; i++ {
			length := int(bundle[0])<<8 | int(bundle[1])
			entry := bundle[2 : 2+length]
			bundle = bundle[2+length:]
			index := n*256 + int64(i)
			hashes, err := reader.ReadHashes([]int64{tlog.StoredHashIndex(0, index)})
			check(err, "tiles")
			if hashes[0] != tlog.RecordHash(entry) {
				check(fmt.Errorf("entry %d is not the one in the tree", index), path)
			}
			if index%step == 0 || index == size-1 {
				proof, err := tlog.ProveRecord(size, index, reader)
				check(err, "inclusion")
				check(tlog.CheckRecord(proof, size, tree.Hash, index, tlog.RecordHash(entry)), "inclusion")
				old, err := tlog.TreeHash(index+1, reader)
				check(err, "tree")
				growth, err := tlog.ProveTree(size, index+1, reader)
				check(err, "consistency")
				check(tlog.CheckTree(growth, size, tree.Hash, index+1, old), "consistency")
			}
			entries++
		}
		if len(bundle) != 0 {
			check(fmt.Errorf("%d bytes follow the last entry", len(bundle)), path)
		}
	}
	fmt.Printf("%s: %d entries, all sound\n", opened.Sigs[0].Name, entries)
}
