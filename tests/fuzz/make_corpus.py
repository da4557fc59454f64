"""Writes the seeds of corpus/: python3 tests/fuzz/make_corpus.py

Finds of the fuzzers lie beside them, under names that are their hashes, and are left alone.
"""

import json
import struct
import zlib
from pathlib import Path

CORPUS = Path(__file__).parent / "corpus"


def put(target, seeds):
    folder = CORPUS / target
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in seeds.items():
        (folder / name).write_bytes(content)


def gzip(content, level=9):
    packer = zlib.compressobj(level, zlib.DEFLATED, 31)  # the same bytes at any time
    return packer.compress(content) + packer.flush()


# --- IDX


def idx(code, extents, values=b""):
    return struct.pack(f">4B{len(extents)}I", 0, 0, code, len(extents), *extents) + values


small = idx(0x08, [2, 3], bytes(range(6)))
bomb = gzip(idx(0x08, [200_000], bytes(200_000)))
huge = 0xFFFFFFFF
put("idx", {
    "empty": b"",
    "uint8": small,
    "int8": idx(0x09, [3], b"\x80\xff\x7f"),
    "int16": idx(0x0B, [2, 1, 1], struct.pack(">2h", -2, 300)),
    "int32": idx(0x0C, [2], struct.pack(">2i", -2, 70_000)),
    "float": idx(0x0D, [4], struct.pack(">4I", 0x3F800000, 0x7F800001, 0x7FC00000, 0x80000001)),
    "double": idx(0x0E, [1, 2], struct.pack(">2d", 0.1, float("-inf"))),
    "single_value": idx(0x0E, [], struct.pack(">d", 2.5)),
    "no_values": idx(0x08, [0]),
    "no_columns": idx(0x08, [0, huge, huge, huge]),
    "no_rows": idx(0x0B, [huge, huge, huge, 0]),
    "255_dimensions": idx(0x08, [1] * 255, b"x"),
    "huge": idx(0x08, [huge]),
    "overflow": idx(0x0E, [huge, huge, huge], b"12345678"),
    "overflow_to_0": idx(0x0E, [1 << 31, 1 << 30]),
    "too_long": small + b"x",
    "no_such_type": idx(0x0A, [1], b"x"),
    "html": b"<!DOCTYPE html><title>404</title>",
    "gzip": gzip(small),
    "gzip_stored": gzip(small, 0),
    "gzip_members": gzip(small[:5]) + gzip(b"") + gzip(small[5:]),
    "gzip_with_name": b"\x1f\x8b\x08\x1e" + bytes(6) + b"\x02\0ABname\0note\0" + gzip(small)[10:],
    "gzip_empty": gzip(b""),
    "gzip_start": b"\x1f\x8b",
    "gzip_huge": gzip(idx(0x0E, [huge, huge])),
    "gzip_too_long": gzip(small + bytes(1000)),
    "gzip_then_zeros": gzip(small) + bytes(9),
    "gzip_wrong_checksum": gzip(small)[:-5] + b"\xff\xff\xff\xff\xff",
    "gzip_bad_distance": gzip(b"")[:10] + b"\x63\x00\x42\x00" + bytes(8),
    "gzip_in_gzip": gzip(gzip(small)),
    "bomb": bomb,
    "bomb_of_little": gzip(small + bytes(200_000)),
    "bomb_that_promises_all": gzip(idx(0x0E, [1032 * 200 // 8], bytes(100_000))),
})


# --- MNIST: the length of the images as two bytes, the images, the labels


def pair(images, labels):
    return struct.pack("<H", len(images)) + images + labels


images = idx(0x08, [2, 2, 3], bytes(range(12)))
labels = idx(0x08, [2], b"\x01\x09")
put("mnist", {
    "good": pair(images, labels),
    "gzipped": pair(gzip(images), gzip(labels)),
    "one_gzipped": pair(images, gzip(labels)),
    "no_files": b"\0\0",
    "no_labels": pair(images, b""),
    "swapped": pair(labels, images),
    "too_few_labels": pair(images, idx(0x08, [1], b"\x01")),
    "of_float": pair(idx(0x0D, [1, 1, 1], b"1234"), labels),
    "no_images": pair(idx(0x08, [0, 28, 28]), idx(0x08, [0])),
    "no_pixels": pair(idx(0x08, [2, 0, 0]), labels),
    "huge_and_nothing": pair(idx(0x08, [huge, huge, 0]), labels),
    "bomb": pair(gzip(idx(0x08, [100, 30, 30], bytes(90_000))), gzip(idx(0x08, [100], bytes(100)))),
})


# --- CSV: a byte of options, see csv_fuzz.cpp, and the table

csv = b"a,b,c\n1,2,3\n4,5,6\n"
put("csv", {
    "empty": b"",
    "header": b"\0" + csv,
    "no_header": b"\0" + csv[6:],
    "crlf": b"\0" + csv.replace(b"\n", b"\r\n"),
    "bom": b"\0\xef\xbb\xbf" + csv,
    "semicolons": b"\1" + csv.replace(b",", b";"),
    "not_a_header": b"\2" + csv[6:],
    "numbers_as_header": b"\6" + csv[6:],
    "first_is_target": b"\x08" + csv,
    "named": b"\x30" + csv,
    "quotes": b'\0"a ""x""","b,\n",c\n"1","2",3\n',
    "open_quote": b'\0a,"b\n1,2\n',
    "classes": b"\0x,kind\n1,no\n2,yes\n3,no\n",
    "missing": b"\0a,b\n1,\n",
    "missing_is_skipped": b"\x40a,b\nNA,2\n3,4\n?,\n",
    "missing_is_nan": b"\xc0a,b\n,2\n3,4\n",
    "ragged": b"\0" + csv + b"7,8\n",
    "numbers": b"\0+1,-2.5e-3\n.5,1e999\n1e-999,0x1\ninf,nan(2)\n",
    "many_fields": b"\xc2" + b"," * 1000 + b"1\n",
    "many_lines": b"\xc0x,y\n" + b",1\n" * 700,
    "blank_lines": b"\0\n \n\r\n" + csv + b"\n",
    "gzip": b"\0" + gzip(csv),
    "zip": b"\0PK\3\4",
    "utf16": b"\0\xff\xfe" + csv.decode().encode("utf-16-le"),
})


# --- safetensors


def safetensors(header, data=b""):
    header = header if isinstance(header, bytes) else json.dumps(header, separators=(",", ":")).encode()
    return struct.pack("<Q", len(header)) + header + data


def entry(begin, end, shape=None, dtype="U8"):
    return {"dtype": dtype, "shape": [end - begin] if shape is None else shape, "data_offsets": [begin, end]}


types = {"BOOL": 1, "U8": 1, "I8": 1, "U16": 2, "I16": 2, "F16": 2, "BF16": 2, "U32": 4, "I32": 4, "F32": 4,
         "U64": 8, "I64": 8, "F64": 8}
every_type, at = {}, 0
for dtype, size in types.items():
    every_type[dtype.lower()] = entry(at, at + size, [1], dtype)
    at += size
twice = b'{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}'
largest = 2**63 - 1
put("safetensors", {
    "empty": b"",
    "no_tensors": safetensors({}),
    "float": safetensors({"weight": entry(0, 24, [2, 3], "F32")}, struct.pack("<6f", *range(6))),
    "every_type": safetensors(every_type, bytes(range(at))),
    "metadata": safetensors({"__metadata__": {"format": "pt", "note": "\n\u00fc\U0001f600\0"}, "a": entry(0, 1)}, b"x"),
    "metadata_alone": safetensors({"__metadata__": {}}),
    "escapes": safetensors(rb'{"\"\\\/\b\f\n\r\t\u0000\u00e9\ud83d\ude00":{"dtype":"U8","shape":[],"data_offsets":[0,1]}}', b"x"),
    "spaces": safetensors(b' {"a": {"shape": [1], "dtype": "U8", "data_offsets": [0, 1]}}   '[1:], b"x"),
    "out_of_order": safetensors({"b": entry(1, 2), "a": entry(0, 1)}, b"xy"),
    "scalars": safetensors({"a": entry(0, 1, []), "b": entry(1, 9, [], "F64")}, bytes(9)),
    "zero_sizes": safetensors({"a": entry(0, 0, [0, largest]), "b": entry(0, 0, [0]), "": entry(0, 1)}, b"x"),
    "zero_and_overflow": safetensors({"a": entry(0, 0, [largest, largest, 0])}),
    "many_extents": safetensors({"a": entry(0, 1, [1] * 200)}, b"x"),
    "many_tensors": safetensors({str(i): entry(0, 0, [0]) for i in range(20)}),
    "short_metadata": safetensors({"__metadata__": {chr(c): "" for c in range(35, 91)}}),
    "overlap": safetensors({"a": entry(0, 4), "b": entry(3, 7)}, bytes(7)),
    "hole": safetensors({"a": entry(0, 1), "b": entry(2, 3)}, bytes(3)),
    "data_left": safetensors({"a": entry(0, 1)}, bytes(2)),
    "data_missing": safetensors({"a": entry(0, 2)}, bytes(1)),
    "backwards": safetensors({"a": entry(8, 0, [8])}, bytes(8)),
    "wrong_size": safetensors({"a": entry(0, 4, [3])}, bytes(4)),
    "overflow": safetensors({"a": entry(0, 8, [1 << 62, 4], "F32")}, bytes(8)),
    "beyond_64_bits": safetensors({"a": entry(0, 8, [1 << 70])}, bytes(8)),
    "number_overflow": safetensors(b'{"a":{"shape":[1e999]}}'),
    "negative": safetensors({"a": entry(0, 1, [-1])}, b"x"),
    "fraction": safetensors({"a": entry(0, 1, [1.0])}, b"x"),
    "name_twice": safetensors(twice, b"xy"),
    "key_twice": safetensors(b'{"a":{"dtype":"U8","dtype":"U8"}}'),
    "metadata_twice": safetensors(b'{"__metadata__":{},"__metadata__":{}}'),
    "unknown_type": safetensors({"a": entry(0, 1, [1], "F8_E5M2")}, b"x"),
    "unknown_key": safetensors({"a": {"strides": [1]}}),
    "deep_arrays": safetensors(b'{"a":' + b"[" * 500 + b"}"),
    "deep_objects": safetensors(b'{"a":' * 300 + b"}" * 300),
    "not_an_object": safetensors(b"[1]"),
    "zero_byte": safetensors(b'{"a\0":1}'),
    "not_utf8": safetensors(b'{"\xed\xa0\x80\xff":1}'),
    "lone_surrogate": safetensors(rb'{"\ud800":1}'),
    "line_breaks_then_junk": safetensors(b"{" + b"\n" * 300 + b"x}"),
    "long_header": struct.pack("<Q", 100_000_001) + b"{}",
    "longest_header": struct.pack("<Q", 2**64 - 1) + b"{}",
    "zip": b"PK\3\4\0\0\x08\x08\0\0archive/data.pkl",
    "pickle": b"\x80\2\x8a\nl\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.",
    "hdf5": b"\x89HDF\r\n\x1a\n\0\0",
})


# --- weights: of the network in weights_fuzz.cpp


def weights(**changes):
    tensors = {"weight": entry(0, 16, [2, 2], "F32"), "bias": entry(16, 24, [2], "F32"), "mean": entry(24, 32, [1], "F64")}
    return safetensors({**tensors, **changes}, struct.pack("<6fd", *range(7)))


good = weights()
put("weights", {
    "good": good,
    "not_finite": good[:-8] + struct.pack("<d", float("nan")),
    "infinite": good[:-32] + struct.pack("<f", float("inf")) + good[-28:],
    "wrong_shape": weights(weight=entry(0, 16, [4], "F32")),
    "transposed_bias": weights(bias=entry(16, 24, [2, 1], "F32")),
    "wrong_type": weights(mean=entry(24, 32, [2], "F32")),
    "one_more": weights(extra=entry(32, 32, [0])),
    "one_less": safetensors({"weight": entry(0, 16, [2, 2], "F32")}, bytes(16)),
    "none": safetensors({}),
    "other_names": safetensors({"\u00fc\n": entry(0, 1)}, b"x"),
})
