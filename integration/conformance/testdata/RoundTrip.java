import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.util.HexFormat;

import org.apache.kafka.common.message.ApiMessageType;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.ObjectSerializationCache;

/**
 * Reads messages with Kafka's own classes and writes them again. A line of the
 * standard input is an API key, a version, "Request" or "Response" and the
 * message's bytes in hexadecimal. The answer is a line of the bytes written, "-"
 * if this release does not know the version, or "!" and an error.
 */
public class RoundTrip {
    public static void main(String[] args) throws IOException {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
        StringBuilder out = new StringBuilder();
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String[] f = line.split(" ", 4);
            try {
                out.append(answer(Short.parseShort(f[0]), Short.parseShort(f[1]), f[2], HexFormat.of().parseHex(f[3])));
            } catch (RuntimeException e) {
                out.append("! ").append(e);
            }
            out.append('\n');
        }
        System.out.print(out);
    }

    private static String answer(short key, short version, String direction, byte[] bytes) {
        if (!ApiKeys.hasId(key)) {
            return "-";
        }
        ApiKeys api = ApiKeys.forId(key);
        if (version < api.oldestVersion() || version > api.latestVersion()) {
            return "-";
        }
        ApiMessageType type = ApiMessageType.fromApiKey(key);
        ApiMessage message = direction.equals("Request") ? type.newRequest() : type.newResponse();
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        message.read(new ByteBufferAccessor(buffer), version);
        if (buffer.hasRemaining()) {
            return "! " + buffer.remaining() + " bytes are left over";
        }
        ObjectSerializationCache cache = new ObjectSerializationCache();
        ByteBuffer written = ByteBuffer.allocate(message.size(cache, version));
        message.write(new ByteBufferAccessor(written), cache, version);
        return HexFormat.of().formatHex(written.array(), 0, written.position());
    }
}
