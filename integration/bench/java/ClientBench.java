import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import java.util.concurrent.locks.LockSupport;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.utils.AppInfoParser;

/**
 * Runs the Java client in the benchmark, producers idempotent and with acks=all.
 * The standard input has the task as properties; the standard output gets the
 * result as JSON. It warms up by the whole of the task, not a tenth as the others,
 * since the JVM compiles while it runs.
 */
public class ClientBench {
    private final Properties task = new Properties();
    private final byte[][] values;
    private final int records;
    private final boolean eager;
    private final String mode;

    private ClientBench() throws IOException {
        task.load(System.in);
        records = number("records");
        mode = task.getProperty("mode");
        eager = !mode.equals("produce");
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
        ClientBench bench = new ClientBench();
        switch (bench.mode) {
            case "join", "join848" -> {
                bench.join("warm-up");
                System.gc();
                System.out.println(bench.join("measured"));
            }
            case "endtoend" -> System.out.println(bench.endToEnd());
            case "idle" -> System.out.println(bench.idle());
            default -> {
                bench.run(bench.task.getProperty("warm.topic"));
                System.gc();
                System.out.println(bench.run(bench.task.getProperty("topic")));
            }
        }
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
            switch (mode) {
                case "produce" -> produce(producer, topic);
                case "latency" -> sendOneByOne(producer, topic, latencies);
                case "paced" -> sendPaced(producer, topic, latencies);
                default -> throw new IllegalArgumentException("there is no mode " + mode);
            }
            seconds = (System.nanoTime() - began) / 1e9;
            cpu = cpuNanos() - cpu;
        }
        return result(seconds, cpu, latencies);
    }

    private static String result(double seconds, long cpu, long[] latencies) throws IOException {
        Arrays.sort(latencies);
        return String.format(Locale.ROOT,
            "{\"Version\":\"%s\",\"Seconds\":%.6f,\"CPUSeconds\":%.6f,\"PeakRSS\":%d,\"P50\":%.9f,\"P95\":%.9f,\"P99\":%.9f,\"P999\":%.9f}",
            AppInfoParser.getVersion(), seconds, cpu / 1e9, peakRSS(),
            quantile(latencies, 0.5), quantile(latencies, 0.95), quantile(latencies, 0.99), quantile(latencies, 0.999));
    }

    /** One with defaults, but for where it begins; without a group all partitions are assigned. */
    private KafkaConsumer<byte[], byte[]> consumer(String group) {
        Properties config = new Properties();
        config.put("bootstrap.servers", task.getProperty("brokers"));
        config.put("auto.offset.reset", "earliest");
        if (group != null) {
            config.put("group.id", group);
            config.put("group.protocol", mode.equals("join848") ? "consumer" : "classic");
        }
        var consumer = new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        String topic = task.getProperty("topic");
        if (group != null) {
            consumer.subscribe(List.of(topic));
        } else {
            consumer.assign(IntStream.range(0, number("partitions")).mapToObj(i -> new TopicPartition(topic, i)).toList());
        }
        return consumer;
    }

    /** Times the way from before a consumer is made to its first record in a new group, again and again. */
    private String join(String name) throws IOException {
        long[] latencies = new long[records];
        long began = System.nanoTime();
        long cpu = cpuNanos();
        for (int i = 0; i < records; i++) {
            long begin = System.nanoTime();
            try (var consumer = consumer(task.getProperty("group") + "-" + name + "-" + i)) {
                while (consumer.poll(Duration.ofSeconds(1)).isEmpty()) {
                    if (System.nanoTime() - begin > 30e9) {
                        throw new IllegalStateException("there is no record after 30 s");
                    }
                }
                latencies[i] = System.nanoTime() - begin;
            }
        }
        return result((System.nanoTime() - began) / 1e9, cpuNanos() - cpu, latencies);
    }

    /**
     * Times records from when they were due to be sent until they are polled. The records of the first seconds
     * are to warm up: five, where others have one, since the JVM compiles while it runs.
     */
    private String endToEnd() throws Exception {
        int rate = number("rate");
        int warm = 5 * rate;
        long[] latencies = new long[warm + records];
        long begin = System.nanoTime() + 1_000_000_000L;
        AtomicReference<Exception> failed = new AtomicReference<>();
        try (var producer = producer(); var consumer = consumer(null)) {
            Thread sender = new Thread(() -> send(producer, begin, rate, latencies.length, failed));
            sender.start();
            long measured = 0;
            long cpu = 0;
            for (int n = 0; n < latencies.length;) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(100))) {
                    int number = (int) ByteBuffer.wrap(record.value()).getLong();
                    latencies[number] = System.nanoTime() - begin - number * 1_000_000_000L / rate;
                    if (++n == warm) {
                        measured = System.nanoTime();
                        cpu = cpuNanos();
                    }
                }
                check(failed);
            }
            String result = result((System.nanoTime() - measured) / 1e9, cpuNanos() - cpu, Arrays.copyOfRange(latencies, warm, latencies.length));
            sender.join();
            return result;
        }
    }

    /** Sends records whose values begin with their numbers. */
    private void send(KafkaProducer<byte[], byte[]> producer, long begin, int rate, int count, AtomicReference<Exception> failed) {
        for (int i = 0; i < count; i++) {
            byte[] value = value(i).clone();
            ByteBuffer.wrap(value).putLong(i);
            long due = begin + i * 1_000_000_000L / rate;
            for (long wait = due - System.nanoTime(); wait > 0; wait = due - System.nanoTime()) {
                LockSupport.parkNanos(wait);
            }
            producer.send(new ProducerRecord<>(task.getProperty("topic"), value), (metadata, e) -> {
                if (e != null) {
                    failed.set(e);
                }
            });
        }
    }

    /** Measures as many seconds as there are records, after as many, but no more than 10, to settle. */
    private String idle() throws IOException {
        try (var consumer = consumer(null)) {
            rest(consumer, Math.min(10, records));
            long began = System.nanoTime();
            long cpu = cpuNanos();
            rest(consumer, records);
            return result((System.nanoTime() - began) / 1e9, cpuNanos() - cpu, new long[0]);
        }
    }

    private static void rest(KafkaConsumer<byte[], byte[]> consumer, int seconds) {
        long end = System.nanoTime() + seconds * 1_000_000_000L;
        for (long left = seconds * 1_000_000_000L; left > 0; left = end - System.nanoTime()) {
            if (!consumer.poll(Duration.ofNanos(left)).isEmpty()) {
                throw new IllegalStateException("records come where there are none");
            }
        }
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
