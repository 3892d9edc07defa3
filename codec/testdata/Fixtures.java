import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.utils.ByteBufferOutputStream;

/** Compresses the plain files of this folder with Kafka's own classes; see README.md. */
public class Fixtures {
    public static void main(String[] args) throws Exception {
        for (String plain : new String[] {"orders", "noise", "empty"}) {
            write(plain, "gzip", Compression.gzip().build(), (byte) 2);
            write(plain, "snappy", Compression.snappy().build(), (byte) 2);
            write(plain, "lz4", Compression.lz4().build(), (byte) 2);
            write(plain, "lz4-magic0", Compression.lz4().build(), (byte) 0);
            write(plain, "zstd", Compression.zstd().build(), (byte) 2);
        }
        write("orders", "gzip-1", Compression.gzip().level(1).build(), (byte) 2);
        write("orders", "gzip-9", Compression.gzip().level(9).build(), (byte) 2);
        write("orders", "lz4-1", Compression.lz4().level(1).build(), (byte) 2);
        write("orders", "lz4-17", Compression.lz4().level(17).build(), (byte) 2);
        write("orders", "zstd--5", Compression.zstd().level(-5).build(), (byte) 2);
        write("orders", "zstd-22", Compression.zstd().level(22).build(), (byte) 2);
    }

    static void write(String plain, String suffix, Compression compression, byte magic) throws Exception {
        byte[] data = Files.readAllBytes(Path.of(plain));
        ByteBufferOutputStream buffer = new ByteBufferOutputStream(1024);
        try (OutputStream out = compression.wrapForOutput(buffer, magic)) {
            for (int i = 0; i < data.length; i += 1000) { // as records come, piece by piece
                out.write(data, i, Math.min(1000, data.length - i));
            }
        }
        ByteBuffer result = buffer.buffer();
        result.flip();
        byte[] bytes = new byte[result.remaining()];
        result.get(bytes);
        Files.write(Path.of("java", plain + "." + suffix), bytes);
    }
}
