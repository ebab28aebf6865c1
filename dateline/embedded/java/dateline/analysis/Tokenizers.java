package dateline.analysis;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.lucene.analysis.Tokenizer;
import org.apache.lucene.analysis.core.KeywordTokenizer;
import org.apache.lucene.analysis.core.LetterTokenizer;
import org.apache.lucene.analysis.core.WhitespaceTokenizer;
import org.apache.lucene.analysis.email.UAX29URLEmailTokenizer;
import org.apache.lucene.analysis.standard.StandardAnalyzer;
import org.apache.lucene.util.AttributeFactory;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.index.analysis.PreConfiguredTokenizer;
import org.elasticsearch.index.analysis.TokenizerFactory;
import org.elasticsearch.indices.analysis.AnalysisModule.AnalysisProvider;

/** Tokenizers by type. {@code standard} is the server's own. */
final class Tokenizers {
  private static final Map<String, AnalysisProvider<TokenizerFactory>> TYPES = new TreeMap<>();
  private static final List<PreConfiguredTokenizer> BY_NAME = new ArrayList<>();

  static {
    add("keyword", settings -> {
      int buffer = settings.getAsInt("buffer_size", KeywordTokenizer.DEFAULT_BUFFER_SIZE);
      return () -> new KeywordTokenizer(buffer);
    });
    add("letter", settings -> LetterTokenizer::new);
    add("whitespace", settings -> {
      int length = maxTokenLength(settings);
      return () -> new WhitespaceTokenizer(
          AttributeFactory.DEFAULT_ATTRIBUTE_FACTORY, length);
    });
    add("uax_url_email", settings -> {
      int length = maxTokenLength(settings);
      return () -> {
        UAX29URLEmailTokenizer tokenizer = new UAX29URLEmailTokenizer();
        tokenizer.setMaxTokenLength(length);
        return tokenizer;
      };
    });
  }

  private Tokenizers() {}

  static Map<String, AnalysisProvider<TokenizerFactory>> providers() {
    return TYPES;
  }

  static List<PreConfiguredTokenizer> preConfigured() {
    return BY_NAME;
  }

  private static void add(String type, Function<Settings, Supplier<Tokenizer>> reader) {
    TYPES.put(type, (index, environment, name, settings) ->
        TokenizerFactory.newFactory(name, reader.apply(settings)));
    BY_NAME.add(PreConfiguredTokenizer.singleton(type, reader.apply(Settings.EMPTY)));
  }

  private static int maxTokenLength(Settings settings) {
    return settings.getAsInt("max_token_length", StandardAnalyzer.DEFAULT_MAX_TOKEN_LENGTH);
  }
}
