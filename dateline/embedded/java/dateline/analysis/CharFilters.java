package dateline.analysis;

import java.io.Reader;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.apache.lucene.analysis.charfilter.HTMLStripCharFilter;
import org.apache.lucene.analysis.charfilter.MappingCharFilter;
import org.apache.lucene.analysis.charfilter.NormalizeCharMap;
import org.apache.lucene.analysis.pattern.PatternReplaceCharFilter;
import org.elasticsearch.common.regex.Regex;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.env.Environment;
import org.elasticsearch.index.analysis.Analysis;
import org.elasticsearch.index.analysis.CharFilterFactory;
import org.elasticsearch.index.analysis.NormalizingCharFilterFactory;
import org.elasticsearch.index.analysis.PreConfiguredCharFilter;
import org.elasticsearch.indices.analysis.AnalysisModule.AnalysisProvider;
import org.elasticsearch.plugins.AnalysisPlugin;

/** Character filters by type. */
final class CharFilters {
  private CharFilters() {}

  static Map<String, AnalysisProvider<CharFilterFactory>> providers() {
    Map<String, AnalysisProvider<CharFilterFactory>> types = new TreeMap<>();
    types.put("html_strip", (index, environment, name, settings) -> {
      Set<String> kept = Set.copyOf(settings.getAsList("escaped_tags"));
      return new Plain(name, in -> new HTMLStripCharFilter(in, kept));
    });
    types.put("mapping", AnalysisPlugin.requiresAnalysisSettings(
        (index, environment, name, settings) ->
            new Normalizing(name, mapping(environment, settings))));
    types.put("pattern_replace", AnalysisPlugin.requiresAnalysisSettings(
        (index, environment, name, settings) -> new Normalizing(name, patternReplace(settings))));
    return types;
  }

  static List<PreConfiguredCharFilter> preConfigured() {
    return List.of(PreConfiguredCharFilter.singleton("html_strip", false, HTMLStripCharFilter::new));
  }

  private static UnaryOperator<Reader> mapping(Environment environment, Settings settings) {
    List<String> rules = Analysis.getWordList(environment, settings, "mappings");
    if (rules == null) {
      throw new IllegalArgumentException(
          "the [mapping] character filter requires [mappings] or [mappings_path]");
    }
    NormalizeCharMap.Builder map = new NormalizeCharMap.Builder();
    for (String rule : rules) {
      int arrow = rule.lastIndexOf("=>");
      if (arrow < 0) {
        throw new IllegalArgumentException(
            "the [mapping] character filter cannot read [" + rule + "]: no [=>] in it");
      }
      map.add(unescape(rule.substring(0, arrow).strip()), unescape(rule.substring(arrow + 2).strip()));
    }
    NormalizeCharMap built = map.build();
    return in -> new MappingCharFilter(built, in);
  }

  private static UnaryOperator<Reader> patternReplace(Settings settings) {
    String expression = settings.get("pattern");
    if (expression == null || expression.isEmpty()) {
      throw new IllegalArgumentException(
          "the [pattern_replace] character filter requires a [pattern]");
    }
    Pattern pattern = Regex.compile(expression, settings.get("flags"));
    String replacement = settings.get("replacement", "");
    return in -> new PatternReplaceCharFilter(pattern, replacement, in);
  }

  /** Backslash escapes, so that a rule can speak of blanks and of characters by number. */
  private static String unescape(String written) {
    StringBuilder read = new StringBuilder(written.length());
    for (int i = 0; i < written.length(); i++) {
      char c = written.charAt(i);
      if (c != '\\') {
        read.append(c);
        continue;
      }
      if (++i == written.length()) {
        throw new IllegalArgumentException("[" + written + "] ends with a lone backslash");
      }
      char escaped = written.charAt(i);
      switch (escaped) {
        case 'n' -> read.append('\n');
        case 't' -> read.append('\t');
        case 'r' -> read.append('\r');
        case 'b' -> read.append('\b');
        case 'f' -> read.append('\f');
        case 'u' -> {
          if (i + 4 >= written.length()) {
            throw new IllegalArgumentException("[" + written + "] has less than four digits");
          }
          read.append((char) Integer.parseInt(written.substring(i + 1, i + 5), 16));
          i += 4;
        }
        default -> read.append(escaped);
      }
    }
    return read.toString();
  }

  private static class Plain implements CharFilterFactory {
    private final String name;
    private final UnaryOperator<Reader> filter;

    Plain(String name, UnaryOperator<Reader> filter) {
      this.name = name;
      this.filter = filter;
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public Reader create(Reader in) {
      return filter.apply(in);
    }
  }

  private static final class Normalizing extends Plain implements NormalizingCharFilterFactory {
    Normalizing(String name, UnaryOperator<Reader> filter) {
      super(name, filter);
    }
  }
}
