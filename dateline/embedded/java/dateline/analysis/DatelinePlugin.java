package dateline.analysis;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.apache.lucene.analysis.Analyzer;
import org.elasticsearch.cluster.node.DiscoveryNodes;
import org.elasticsearch.features.NodeFeature;
import org.elasticsearch.index.IndexModule;
import org.elasticsearch.index.analysis.AnalyzerProvider;
import org.elasticsearch.index.analysis.CharFilterFactory;
import org.elasticsearch.index.analysis.PreConfiguredCharFilter;
import org.elasticsearch.index.analysis.PreConfiguredTokenFilter;
import org.elasticsearch.index.analysis.PreConfiguredTokenizer;
import org.elasticsearch.index.analysis.TokenFilterFactory;
import org.elasticsearch.index.analysis.TokenizerFactory;
import org.elasticsearch.indices.analysis.AnalysisModule.AnalysisProvider;
import org.elasticsearch.plugins.ActionPlugin;
import org.elasticsearch.plugins.AnalysisPlugin;
import org.elasticsearch.plugins.Plugin;
import org.elasticsearch.rest.RestHandler;

/**
 * What a full server has in modules that are not published as artifacts, as far as Dateline needs
 * it: text analysis under Elasticsearch's own names and parameters, so that one index template
 * serves both servers, and an answer to {@code GET /}.
 *
 * <p>The analysis itself is Lucene's, as on a full server. Stop sets, exclusions, articles and word
 * lists are read by the server's own {@code Analysis} class, so they are spelled alike.
 */
public final class DatelinePlugin extends Plugin implements AnalysisPlugin, ActionPlugin {
  @Override
  public Map<String, AnalysisProvider<AnalyzerProvider<? extends Analyzer>>> getAnalyzers() {
    return LanguageAnalyzers.providers();
  }

  @Override
  public Map<String, AnalysisProvider<TokenFilterFactory>> getTokenFilters() {
    return TokenFilters.providers();
  }

  @Override
  public List<PreConfiguredTokenFilter> getPreConfiguredTokenFilters() {
    return TokenFilters.preConfigured();
  }

  @Override
  public Map<String, AnalysisProvider<CharFilterFactory>> getCharFilters() {
    return CharFilters.providers();
  }

  @Override
  public List<PreConfiguredCharFilter> getPreConfiguredCharFilters() {
    return CharFilters.preConfigured();
  }

  @Override
  public Map<String, AnalysisProvider<TokenizerFactory>> getTokenizers() {
    return Tokenizers.providers();
  }

  @Override
  public List<PreConfiguredTokenizer> getPreConfiguredTokenizers() {
    return Tokenizers.preConfigured();
  }

  /**
   * Refuses a codec that needs the native zstd library, which is not published either. The server
   * itself would accept the index, then fail its shard at the first flush and again at each start.
   */
  @Override
  public void onIndexModule(IndexModule index) {
    String codec = index.getSettings().get("index.codec", "default");
    if (codec.equals("best_compression")) {
      throw new IllegalArgumentException(
          "[index.codec] cannot be [best_compression] on the embedded server, which has no zstd;"
              + " leave it out, or use [legacy_best_compression]");
    }
  }

  @Override
  public Collection<RestHandler> getRestHandlers(
      RestHandlersServices services,
      Supplier<DiscoveryNodes> nodes,
      Predicate<NodeFeature> clusterSupportsFeature) {
    return List.of(new RootHandler(nodes, services.settings()));
  }
}
