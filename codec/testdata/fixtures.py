"""Compresses orders with Python's gzip module and lz4 package; see README.md."""
import gzip, io, lz4.frame

orders = open("orders", "rb").read()


def write(name, data):
    with open("python/orders." + name, "wb") as f:
        f.write(data)


named = io.BytesIO()
with gzip.GzipFile("orders.jsonl", "wb", 6, named, mtime=1) as f:
    f.write(orders)
write("gzip-named", named.getvalue())
for name, size, linked in (("linked", lz4.frame.BLOCKSIZE_MAX64KB, True), ("4mb", lz4.frame.BLOCKSIZE_MAX4MB, False)):
    write("lz4-" + name, lz4.frame.compress(
        orders, block_size=size, block_linked=linked, content_checksum=True,
        block_checksum=True, store_size=True))
