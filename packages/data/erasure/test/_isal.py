"""Compares parity with what ISA-L makes of the same data. Standard input: records of k, n (1 byte each), length (4 bytes, little-endian),
k data shards and n - k parity shards. Standard output: how many records there were and how many were different."""

import ctypes
import struct
import sys

isal = ctypes.CDLL("libisal.so.2")
source = sys.stdin.buffer
tables = {}


def tables_of(k, n):
    if (k, n) not in tables:
        matrix = ctypes.create_string_buffer(k * n)
        isal.gf_gen_cauchy1_matrix(matrix, n, k)
        table = ctypes.create_string_buffer(32 * k * (n - k))
        rows = ctypes.create_string_buffer(matrix.raw[k * k :], k * (n - k))
        isal.ec_init_tables(k, n - k, rows, table)
        tables[k, n] = table
    return tables[k, n]


def pointers(buffer, count, length):
    start = ctypes.addressof(buffer)
    return (ctypes.c_void_p * count)(*(start + index * length for index in range(count)))


records = different = 0
while header := source.read(6):
    k, n, length = struct.unpack("<BBI", header)
    data = ctypes.create_string_buffer(source.read(k * length), k * length)
    made = ctypes.create_string_buffer((n - k) * length)
    isal.ec_encode_data(
        length, k, n - k, tables_of(k, n), pointers(data, k, length), pointers(made, n - k, length)
    )
    records += 1
    different += made.raw != source.read((n - k) * length)
print(records, different)
