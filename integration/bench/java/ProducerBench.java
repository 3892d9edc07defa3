import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.utils.AppInfoParser;

/**
 * Runs the Java client's producer in the benchmark, idempotent and with acks=all.
 * The standard input has the task as properties; the standard output gets the
 * result as JSON. It warms up by the whole of the task, not a tenth as the others,
 * since the JVM compiles while it runs.
 */
public class ProducerBench {
    private final Properties task = new Properties();
    private final byte[][] values;
    private final int records;
    private final boolean eager;

    private ProducerBench() throws IOException {
        task.load(System.in);
        records = number("records");
        eager = !task.getProperty("mode").equals("produce");
        byte[] all = Files.readAllBytes(Path.of(task.getProperty("values")));
        int size = number("size");
        values = new byte[all.length / size][];
        for (int i = 0; i < values.length; i++) {
            values[i] = Arrays.copyOfRange(all, i * size, (i + 1) * size);
        }
    }

    private int number(String key) {
        return Integer.parseInt(task.getProperty(key));
    }

    public static void main(String[] args) throws Exception {
        ProducerBench bench = new ProducerBench();
        bench.run(bench.task.getProperty("warm.topic"));
        System.gc();
        System.out.println(bench.run(bench.task.getProperty("topic")));
    }

    /** The documents advise for throughput a batch.size of 100,000 to 200,000 and a linger.ms of 10 or more. */
    private KafkaProducer<byte[], byte[]> producer() {
        Properties config = new Properties();
        config.put("bootstrap.servers", task.getProperty("brokers"));
        config.put("compression.type", task.getProperty("codec"));
        config.put("buffer.memory", 32 << 20);
        if (eager) {
            config.put("linger.ms", 0);
        } else {
            config.put("batch.size", 200_000);
            config.put("linger.ms", 10);
        }
        return new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
    }

    private String run(String topic) throws Exception {
        long[] latencies = new long[eager ? records : 0];
        long began = System.nanoTime();
        long cpu = cpuNanos();
        double seconds;
        try (KafkaProducer<byte[], byte[]> producer = producer()) {
            switch (task.getProperty("mode")) {
                case "produce" -> produce(producer, topic);
                case "latency" -> sendOneByOne(producer, topic, latencies);
                case "paced" -> sendPaced(producer, topic, latencies);
                default -> throw new IllegalArgumentException("there is no mode " + task.getProperty("mode"));
            }
            seconds = (System.nanoTime() - began) / 1e9;
            cpu = cpuNanos() - cpu;
        }
        Arrays.sort(latencies);
        return String.format(Locale.ROOT,
            "{\"Version\":\"%s\",\"Seconds\":%.6f,\"CPUSeconds\":%.6f,\"PeakRSS\":%d,\"P50\":%.9f,\"P99\":%.9f,\"P999\":%.9f}",
            AppInfoParser.getVersion(), seconds, cpu / 1e9, peakRSS(),
            quantile(latencies, 0.5), quantile(latencies, 0.99), quantile(latencies, 0.999));
    }

    private byte[] value(int i) {
        return values[i & (values.length - 1)];
    }

    private void produce(KafkaProducer<byte[], byte[]> producer, String topic) throws Exception {
        AtomicReference<Exception> failed = new AtomicReference<>();
        for (int i = 0; i < records; i++) {
            producer.send(new ProducerRecord<>(topic, value(i)), (metadata, e) -> {
                if (e != null) {
                    failed.set(e);
                }
            });
        }
        producer.flush();
        check(failed);
    }

    private void sendOneByOne(KafkaProducer<byte[], byte[]> producer, String topic, long[] latencies) throws Exception {
        for (int i = 0; i < records; i++) {
            long sent = System.nanoTime();
            producer.send(new ProducerRecord<>(topic, value(i))).get();
            latencies[i] = System.nanoTime() - sent;
        }
    }

    private void sendPaced(KafkaProducer<byte[], byte[]> producer, String topic, long[] latencies) throws Exception {
        AtomicReference<Exception> failed = new AtomicReference<>();
        long rate = number("rate");
        long begin = System.nanoTime();
        for (int i = 0; i < records; i++) {
            int number = i;
            long due = begin + i * 1_000_000_000L / rate;
            for (long wait = due - System.nanoTime(); wait > 0; wait = due - System.nanoTime()) {
                LockSupport.parkNanos(wait);
            }
            producer.send(new ProducerRecord<>(topic, value(i)), (metadata, e) -> {
                latencies[number] = System.nanoTime() - due;
                if (e != null) {
                    failed.set(e);
                }
            });
        }
        producer.flush();
        check(failed);
    }

    private static void check(AtomicReference<Exception> failed) throws Exception {
        if (failed.get() != null) {
            throw failed.get();
        }
    }

    private static double quantile(long[] sorted, double q) {
        return sorted.length == 0 ? 0 : sorted[(int) (q * (sorted.length - 1))] / 1e9;
    }

    private static long cpuNanos() {
        return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime();
    }

    /** The most memory that the process had, where /proc tells. */
    private static long peakRSS() throws IOException {
        Path status = Path.of("/proc/self/status");
        if (!Files.exists(status)) {
            return 0;
        }
        try (var lines = Files.lines(status)) {
            return lines.filter(line -> line.startsWith("VmHWM:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024).findFirst().orElse(0);
        }
    }
}
