package dateline.server;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.elasticsearch.common.logging.LogConfigurator;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.env.Environment;
import org.elasticsearch.node.InternalSettingsPreparer;
import org.elasticsearch.node.Node;
import org.elasticsearch.plugins.PluginsLoader;

/**
 * One Elasticsearch node, on a leash.
 *
 * <p>The main class of the distribution refuses to run as root and starts entitlements, which need
 * modules that a small Java runtime lacks. The node itself needs neither.
 *
 * <p>Arguments: the parent's process id, the home folder (whose {@code modules} hold the bundles to
 * load) and the configuration folder, whose {@code elasticsearch.yml} says all the rest.
 */
public final class ElasticsearchServer {
  private static final long CLOSE_SECONDS = 6;

  private ElasticsearchServer() {}

  public static void main(String[] args) throws Exception {
    Leash.attach(Long.parseLong(args[0]));
    Path home = Path.of(args[1]);
    Path configuration = Path.of(args[2]);

    LogConfigurator.configureESLogging();
    Settings homeOnly = Settings.builder().put("path.home", home.toString()).build();
    Environment environment = InternalSettingsPreparer.prepareEnvironment(
        homeOnly, Map.of(), configuration, () -> "dateline");
    PluginsLoader bundles = PluginsLoader.createPluginsLoader(
        PluginsLoader.loadModulesBundles(environment.modulesDir(), false), Set.of(), Map.of());

    Node node = new Node(environment, bundles);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> close(node), "close-node"));
    node.start();
    new CountDownLatch(1).await(); // the leash ends this process
  }

  private static void close(Node node) {
    try {
      node.prepareForClose();
      node.close();
      node.awaitClose(CLOSE_SECONDS, TimeUnit.SECONDS);
    } catch (IOException | RuntimeException failure) {
      failure.printStackTrace();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
