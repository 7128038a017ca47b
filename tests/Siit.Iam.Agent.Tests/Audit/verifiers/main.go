// Checks a log and its receipts with golang.org/x/mod/sumdb/note and tlog, the code behind Go's checksum database. Only the reading of
// files is ours: the layout of c2sp.org/tlog-tiles and of c2sp.org/tlog-proof. Usage: main VKEY PREFIX [RECEIPT...]
package main

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type tiles struct{ prefix string }

func (t tiles) Height() int { return 8 }

func (t tiles) SaveTiles([]tlog.Tile, [][]byte) {}

func (t tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var read [][]byte
	for _, tile := range wanted {
		data, err := os.ReadFile(filepath.Join(t.prefix, "tile", strings.TrimPrefix(tile.Path(), "tile/8/")))
		if err != nil {
			return nil, err
		}
		read = append(read, data)
	}
	return read, nil
}

func open(text []byte, vkey string) tlog.Tree {
	verifier, err := note.NewVerifier(vkey)
	check(err)
	signed, err := note.Open(text, note.VerifierList(verifier))
	check(err)
	lines := strings.Split(signed.Text, "\n")
	size, err := strconv.ParseInt(lines[1], 10, 64)
	check(err)
	root, err := tlog.ParseHash(lines[2])
	check(err)
	if lines[0] != verifier.Name() {
		fail("the origin is not the key's")
	}
	return tlog.Tree{N: size, Hash: root}
}

func entries(prefix string, size int64) [][]byte {
	var all [][]byte
	for n := int64(0); n*256 < size; n++ {
		width := 256
		if rest := size - n*256; rest < 256 {
			width = int(rest)
		}
		path := strings.TrimPrefix(tlog.Tile{H: 8, L: 0, N: n, W: width}.Path(), "tile/8/0/")
		bundle, err := os.ReadFile(filepath.Join(prefix, "tile", "entries", path))
		check(err)
		for len(bundle) > 0 {
			length := int(binary.BigEndian.Uint16(bundle))
			all = append(all, bundle[2:2+length])
			bundle = bundle[2+length:]
		}
	}
	return all
}

func receipt(path string, vkey string) {
	text, err := os.ReadFile(path)
	check(err)
	head, checkpoint, _ := strings.Cut(string(text), "\n\n")
	lines := strings.Split(head, "\n")
	if lines[0] != "c2sp.org/tlog-proof@v1" {
		fail("not a receipt")
	}
	entry, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(lines[1], "extra "))
	check(err)
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[2], "index "), 10, 64)
	check(err)
	var proof tlog.RecordProof
	for _, line := range lines[3:] {
		hash, err := tlog.ParseHash(line)
		check(err)
		proof = append(proof, hash)
	}
	tree := open([]byte(checkpoint), vkey)
	check(tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(entry)))
}

func main() {
	vkey, prefix := os.Args[1], os.Args[2]
	text, err := os.ReadFile(filepath.Join(prefix, "checkpoint"))
	check(err)
	tree := open(text, vkey)
	reader := tlog.TileHashReader(tree, tiles{prefix})
	all := entries(prefix, tree.N)
	if int64(len(all)) != tree.N {
		fail("there are other entries than were signed")
	}
	// Its own tree over the entries, and every entry's proof out of the tiles.
	var stored []tlog.Hash
	for i, entry := range all {
		hashes, err := tlog.StoredHashes(int64(i), entry, tlog.HashReaderFunc(func(at []int64) ([]tlog.Hash, error) {
			var read []tlog.Hash
			for _, place := range at {
				read = append(read, stored[place])
			}
			return read, nil
		}))
		check(err)
		stored = append(stored, hashes...)
		proof, err := tlog.ProveRecord(tree.N, int64(i), reader)
		check(err)
		check(tlog.CheckRecord(proof, tree.N, tree.Hash, int64(i), tlog.RecordHash(entry)))
	}
	own := tlog.HashReaderFunc(func(at []int64) ([]tlog.Hash, error) {
		var read []tlog.Hash
		for _, place := range at {
			read = append(read, stored[place])
		}
		return read, nil
	})
	for size := int64(1); size <= tree.N; size += 1 + size/16 {
		root, err := tlog.TreeHash(size, own)
		check(err)
		proof, err := tlog.ProveTree(tree.N, size, reader)
		check(err)
		check(tlog.CheckTree(proof, tree.N, tree.Hash, size, root))
	}
	for _, path := range os.Args[3:] {
		receipt(path, vkey)
	}
	fmt.Printf("ok %d entries, %d receipts\n", tree.N, len(os.Args)-3)
}

func check(err error) {
	if err != nil {
		fail(err.Error())
	}
}

func fail(what string) {
	fmt.Println("wrong: " + what)
	os.Exit(1)
}
