"""Prints what libtorrent makes of files: per file its pieces root and its layer of 256 KiB pieces, as JSON.

usage: torrent-roots.py DIRECTORY      (Debian: python3-libtorrent)
"""

import json
import os
import sys

import libtorrent

PIECE_BYTES = 262144


def torrent_of(directory, name):
    storage = libtorrent.file_storage()
    libtorrent.add_files(storage, os.path.join(directory, name))
    flags = libtorrent.create_torrent.v2_only
    torrent = libtorrent.create_torrent(storage, PIECE_BYTES, flags)
    libtorrent.set_piece_hashes(torrent, directory)
    return torrent.generate()


def describe(directory, name):
    torrent = torrent_of(directory, name)
    tree = torrent[b"info"][b"file tree"]
    entry = tree[name.encode()][b""]
    root = entry.get(b"pieces root", b"")
    layer = torrent.get(b"piece layers", {}).get(root, b"")
    hashes = [layer[at : at + 32].hex() for at in range(0, len(layer), 32)]
    return {"root": root.hex(), "layer": hashes}


directory = sys.argv[1]
names = sorted(os.listdir(directory))
print(json.dumps({name: describe(directory, name) for name in names}))
