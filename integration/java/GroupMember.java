import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.StringReader;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.Properties;
import java.util.stream.Collectors;

import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RebalanceInProgressException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * A member of a group that runs the Java client. Its arguments are the topics; the
 * standard input has the consumer's properties up to an empty line, and its end
 * ends the member. The standard output tells what it gets: "assigned", "revoked"
 * and "lost" with partitions, "record" with partition and offset. It commits what
 * it got before it polls again.
 */
public class GroupMember implements ConsumerRebalanceListener {
    private final KafkaConsumer<byte[], byte[]> consumer;

    private GroupMember(Properties config) {
        consumer = new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    public static void main(String[] topics) throws IOException {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
        StringBuilder text = new StringBuilder();
        for (String line = in.readLine(); line != null && !line.isEmpty(); line = in.readLine()) {
            text.append(line).append('\n');
        }
        Properties config = new Properties();
        config.load(new StringReader(text.toString()));
        config.setProperty("enable.auto.commit", "false");
        GroupMember member = new GroupMember(config);
        Thread main = Thread.currentThread();
        Thread end = new Thread(() -> {
            try {
                while (in.readLine() != null) {
                    Thread.onSpinWait();
                }
            } catch (IOException e) {
                System.err.println(e);
            }
            main.interrupt();
        });
        end.setDaemon(true);
        end.start();
        member.run(topics, main);
    }

    private void run(String[] topics, Thread main) {
        consumer.subscribe(Arrays.asList(topics), this);
        try {
            while (!main.isInterrupted()) {
                ConsumerRecords<byte[], byte[]> records = consumer.poll(Duration.ofMillis(100));
                for (ConsumerRecord<byte[], byte[]> r : records) {
                    System.out.println("record " + r.topic() + "-" + r.partition() + " " + r.offset());
                }
                if (!records.isEmpty()) {
                    commit();
                }
            }
        } catch (org.apache.kafka.common.errors.InterruptException e) {
            Thread.interrupted();
        }
        Thread.interrupted();
        consumer.close();
        System.out.println("closed");
    }

    private void commit() {
        try {
            consumer.commitSync();
        } catch (RebalanceInProgressException e) {
            // poll goes on with the rebalance, and revocations commit
        }
    }

    private static void tell(String what, Collection<TopicPartition> partitions) {
        System.out.println(what + partitions.stream().map(tp -> " " + tp).collect(Collectors.joining()));
    }

    @Override
    public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
        tell("assigned", partitions);
    }

    @Override
    public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
        if (!partitions.isEmpty()) {
            commit();
        }
        tell("revoked", partitions);
    }

    @Override
    public void onPartitionsLost(Collection<TopicPartition> partitions) {
        tell("lost", partitions);
    }
}
