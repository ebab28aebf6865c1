package dateline.server;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Properties;
import java.util.stream.Stream;
import org.apache.kafka.common.Uuid;

/**
 * One Kafka node, broker and controller, on a leash.
 *
 * <p>Arguments: the parent's process id and the properties file. Its {@code log.dirs} is formatted
 * when it does not exist.
 */
public final class KafkaServer {
  private KafkaServer() {}

  public static void main(String[] args) throws Exception {
    Leash.attach(Long.parseLong(args[0]));
    Path configuration = Path.of(args[1]);
    formatIfNew(configuration);
    kafka.Kafka.main(new String[] {configuration.toString()});
  }

  /**
   * Formats beside the final place and renames, so that a process killed half-way leaves nothing
   * that a later start would take for data.
   */
  private static void formatIfNew(Path configuration) throws IOException {
    Properties properties = new Properties();
    try (InputStream in = Files.newInputStream(configuration)) {
      properties.load(in);
    }
    Path data = Path.of(properties.getProperty("log.dirs"));
    if (Files.exists(data)) {
      return;
    }
    Path unfinished = data.resolveSibling(data.getFileName() + ".formatting");
    deleteTree(unfinished);
    properties.setProperty("log.dirs", unfinished.toString());
    Path formatting = configuration.resolveSibling("formatting.properties");
    try (OutputStream out = Files.newOutputStream(formatting)) {
      properties.store(out, null);
    }
    String[] command = {
      "format", "-t", Uuid.randomUuid().toString(), "-c", formatting.toString()
    };
    int status = kafka.tools.StorageTool.execute(command, System.err);
    if (status != 0) {
      throw new IOException("formatting " + unfinished + " failed with status " + status);
    }
    Files.delete(formatting);
    Files.move(unfinished, data, StandardCopyOption.ATOMIC_MOVE);
  }

  private static void deleteTree(Path root) throws IOException {
    if (!Files.exists(root)) {
      return;
    }
    try (Stream<Path> found = Files.walk(root)) {
      for (Path path : found.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}
