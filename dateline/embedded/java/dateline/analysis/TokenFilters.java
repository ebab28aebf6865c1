package dateline.analysis;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.apache.lucene.analysis.CharArraySet;
import org.apache.lucene.analysis.LowerCaseFilter;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.ar.ArabicNormalizationFilter;
import org.apache.lucene.analysis.bn.BengaliNormalizationFilter;
import org.apache.lucene.analysis.cjk.CJKBigramFilter;
import org.apache.lucene.analysis.cjk.CJKWidthFilter;
import org.apache.lucene.analysis.ckb.SoraniNormalizationFilter;
import org.apache.lucene.analysis.classic.ClassicFilter;
import org.apache.lucene.analysis.compound.DictionaryCompoundWordTokenFilter;
import org.apache.lucene.analysis.core.DecimalDigitFilter;
import org.apache.lucene.analysis.core.FlattenGraphFilter;
import org.apache.lucene.analysis.core.UpperCaseFilter;
import org.apache.lucene.analysis.de.GermanNormalizationFilter;
import org.apache.lucene.analysis.el.GreekLowerCaseFilter;
import org.apache.lucene.analysis.en.KStemFilter;
import org.apache.lucene.analysis.en.PorterStemFilter;
import org.apache.lucene.analysis.fa.PersianNormalizationFilter;
import org.apache.lucene.analysis.fr.FrenchAnalyzer;
import org.apache.lucene.analysis.ga.IrishLowerCaseFilter;
import org.apache.lucene.analysis.hi.HindiNormalizationFilter;
import org.apache.lucene.analysis.in.IndicNormalizationFilter;
import org.apache.lucene.analysis.miscellaneous.ASCIIFoldingFilter;
import org.apache.lucene.analysis.miscellaneous.KeywordRepeatFilter;
import org.apache.lucene.analysis.miscellaneous.LengthFilter;
import org.apache.lucene.analysis.miscellaneous.LimitTokenCountFilter;
import org.apache.lucene.analysis.miscellaneous.PatternKeywordMarkerFilter;
import org.apache.lucene.analysis.miscellaneous.RemoveDuplicatesTokenFilter;
import org.apache.lucene.analysis.miscellaneous.ScandinavianFoldingFilter;
import org.apache.lucene.analysis.miscellaneous.ScandinavianNormalizationFilter;
import org.apache.lucene.analysis.miscellaneous.SetKeywordMarkerFilter;
import org.apache.lucene.analysis.miscellaneous.TrimFilter;
import org.apache.lucene.analysis.miscellaneous.TruncateTokenFilter;
import org.apache.lucene.analysis.ngram.EdgeNGramTokenFilter;
import org.apache.lucene.analysis.ngram.NGramTokenFilter;
import org.apache.lucene.analysis.pattern.PatternReplaceFilter;
import org.apache.lucene.analysis.reverse.ReverseStringFilter;
import org.apache.lucene.analysis.sr.SerbianNormalizationFilter;
import org.apache.lucene.analysis.tr.ApostropheFilter;
import org.apache.lucene.analysis.tr.TurkishLowerCaseFilter;
import org.apache.lucene.analysis.util.ElisionFilter;
import org.elasticsearch.common.regex.Regex;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.env.Environment;
import org.elasticsearch.index.analysis.AbstractTokenFilterFactory;
import org.elasticsearch.index.analysis.Analysis;
import org.elasticsearch.index.analysis.NormalizingTokenFilterFactory;
import org.elasticsearch.index.analysis.PreConfiguredTokenFilter;
import org.elasticsearch.index.analysis.TokenFilterFactory;
import org.elasticsearch.indices.analysis.AnalysisModule.AnalysisProvider;
import org.elasticsearch.plugins.AnalysisPlugin;

/**
 * Token filters by type. Those of the server itself ({@code stop}, {@code shingle}, {@code
 * hunspell}) are not here.
 */
final class TokenFilters {
  private static final int LIMIT = 1;
  private static final int TRUNCATE = 10;

  /** Reads its settings once and says what to do with each stream. */
  private interface Type {
    UnaryOperator<TokenStream> configure(Environment environment, Settings settings)
        throws java.io.IOException;
  }

  private static final Map<String, AnalysisProvider<TokenFilterFactory>> TYPES = new TreeMap<>();

  /** Those that can be named in an analyzer without a definition. */
  private static final List<PreConfiguredTokenFilter> BY_NAME = new ArrayList<>();

  static {
    // Without settings; these change single characters, so a normalizer may use them.
    normalizing("apostrophe", ApostropheFilter::new, false);
    normalizing("arabic_normalization", ArabicNormalizationFilter::new, true);
    normalizing("bengali_normalization", BengaliNormalizationFilter::new, true);
    normalizing("cjk_width", CJKWidthFilter::new, true);
    normalizing("decimal_digit", DecimalDigitFilter::new, true);
    normalizing("german_normalization", GermanNormalizationFilter::new, true);
    normalizing("hindi_normalization", HindiNormalizationFilter::new, true);
    normalizing("indic_normalization", IndicNormalizationFilter::new, true);
    normalizing("persian_normalization", PersianNormalizationFilter::new, true);
    normalizing("scandinavian_folding", ScandinavianFoldingFilter::new, true);
    normalizing("scandinavian_normalization", ScandinavianNormalizationFilter::new, true);
    normalizing("serbian_normalization", SerbianNormalizationFilter::new, true);
    normalizing("sorani_normalization", SoraniNormalizationFilter::new, true);
    normalizing("trim", TrimFilter::new, true);
    normalizing("uppercase", UpperCaseFilter::new, true);

    // Without settings, for analyzers only.
    plain("cjk_bigram", CJKBigramFilter::new);
    plain("classic", ClassicFilter::new);
    plain("flatten_graph", FlattenGraphFilter::new);
    plain("keyword_repeat", KeywordRepeatFilter::new);
    plain("kstem", KStemFilter::new);
    plain("porter_stem", PorterStemFilter::new);
    plain("remove_duplicates", RemoveDuplicatesTokenFilter::new);
    plain("reverse", ReverseStringFilter::new);

    // With settings.
    TYPES.put("asciifolding", (index, environment, name, settings) ->
        new AsciiFolding(name, settings.getAsBoolean("preserve_original", false)));
    TYPES.put("lowercase", (index, environment, name, settings) ->
        new Normalizing(name, lowercase(settings.get("language"))));
    TYPES.put("elision", AnalysisPlugin.requiresAnalysisSettings((index, environment, name, s) ->
        new Normalizing(name, elision(environment, s))));
    TYPES.put("pattern_replace", AnalysisPlugin.requiresAnalysisSettings(
        (index, environment, name, s) -> new Plain(name, patternReplace(s))));
    analysing("stemmer", (environment, s) ->
        Stemmers.stemmer(s.get("language", s.get("name", "porter"))));
    analysing("snowball", (environment, s) ->
        Stemmers.snowball(s.get("language", s.get("name", "English"))));
    analysing("length", (environment, s) -> {
      int min = s.getAsInt("min", 0);
      int max = s.getAsInt("max", Integer.MAX_VALUE);
      return in -> new LengthFilter(in, min, max);
    });
    analysing("limit", (environment, s) -> {
      int count = s.getAsInt("max_token_count", LIMIT);
      boolean all = s.getAsBoolean("consume_all_tokens", false);
      return in -> new LimitTokenCountFilter(in, count, all);
    });
    analysing("unique", (environment, s) -> {
      boolean same = s.getAsBoolean("only_on_same_position", false);
      return in -> new UniqueTokens(in, same);
    });
    analysing("truncate", (environment, s) -> {
      int length = s.getAsInt("length", TRUNCATE);
      if (length <= 0) {
        throw new IllegalArgumentException("the [truncate] filter needs a [length] above 0");
      }
      return in -> new TruncateTokenFilter(in, length);
    });
    analysing("edge_ngram", (environment, s) -> {
      int min = s.getAsInt("min_gram", 1);
      int max = s.getAsInt("max_gram", 2);
      boolean original = s.getAsBoolean("preserve_original", false);
      String side = s.get("side", "front");
      return switch (side) {
        case "front" -> in -> new EdgeNGramTokenFilter(in, min, max, original);
        case "back" -> in -> new ReverseStringFilter(
            new EdgeNGramTokenFilter(new ReverseStringFilter(in), min, max, original));
        default -> throw new IllegalArgumentException(
            "the [edge_ngram] filter knows the sides [front] and [back], not [" + side + "]");
      };
    });
    analysing("ngram", (environment, s) -> {
      int min = s.getAsInt("min_gram", 1);
      int max = s.getAsInt("max_gram", 2);
      boolean original = s.getAsBoolean("preserve_original", false);
      return in -> new NGramTokenFilter(in, min, max, original);
    });
    defined("keyword_marker", TokenFilters::keywordMarker);
    defined("dictionary_decompounder", TokenFilters::dictionaryDecompounder);

    byName("asciifolding", true, ASCIIFoldingFilter::new);
    byName("elision", true, in -> new ElisionFilter(in, FrenchAnalyzer.DEFAULT_ARTICLES));
    byName("length", false, in -> new LengthFilter(in, 0, Integer.MAX_VALUE));
    byName("limit", false, in -> new LimitTokenCountFilter(in, LIMIT, false));
    byName("stemmer", false, PorterStemFilter::new);
    byName("snowball", false, Stemmers.snowball("English"));
    byName("truncate", false, in -> new TruncateTokenFilter(in, TRUNCATE));
    byName("unique", false, in -> new UniqueTokens(in, false));
  }

  private TokenFilters() {}

  static Map<String, AnalysisProvider<TokenFilterFactory>> providers() {
    return TYPES;
  }

  static List<PreConfiguredTokenFilter> preConfigured() {
    return BY_NAME;
  }

  /** {@code multiTerm}: whether prefix and wildcard queries are treated with it as well. */
  private static void normalizing(
      String type, UnaryOperator<TokenStream> filter, boolean multiTerm) {
    TYPES.put(type, (index, environment, name, settings) ->
        multiTerm ? new Normalizing(name, filter) : new Plain(name, filter));
    byName(type, multiTerm, filter);
  }

  private static void plain(String type, UnaryOperator<TokenStream> filter) {
    TYPES.put(type, (index, environment, name, settings) -> new Plain(name, filter));
    byName(type, false, filter);
  }

  private static void analysing(String type, Type reader) {
    TYPES.put(type, (index, environment, name, settings) ->
        new Plain(name, reader.configure(environment, settings)));
  }

  /** One that means nothing without its settings. */
  private static void defined(String type, Type reader) {
    TYPES.put(type, AnalysisPlugin.requiresAnalysisSettings((index, environment, name, settings) ->
        new Plain(name, reader.configure(environment, settings))));
  }

  private static void byName(String name, boolean multiTerm, UnaryOperator<TokenStream> filter) {
    BY_NAME.add(PreConfiguredTokenFilter.singleton(name, multiTerm, filter::apply));
  }

  private static UnaryOperator<TokenStream> lowercase(String language) {
    if (language == null) {
      return LowerCaseFilter::new;
    }
    return switch (language.toLowerCase(Locale.ROOT)) {
      case "greek" -> GreekLowerCaseFilter::new;
      case "irish" -> IrishLowerCaseFilter::new;
      case "turkish" -> TurkishLowerCaseFilter::new;
      default -> throw new IllegalArgumentException(
          "the [lowercase] filter knows the languages [greek], [irish] and [turkish], not ["
              + language + "]");
    };
  }

  private static UnaryOperator<TokenStream> elision(Environment environment, Settings settings) {
    CharArraySet articles = Analysis.parseArticles(environment, settings);
    if (articles == null) {
      throw new IllegalArgumentException(
          "the [elision] filter requires [articles] or [articles_path]");
    }
    return in -> new ElisionFilter(in, articles);
  }

  private static UnaryOperator<TokenStream> patternReplace(Settings settings) {
    String expression = settings.get("pattern");
    if (expression == null) {
      throw new IllegalArgumentException("the [pattern_replace] filter requires a [pattern]");
    }
    Pattern pattern = Regex.compile(expression, settings.get("flags"));
    String replacement = settings.get("replacement", "");
    boolean all = settings.getAsBoolean("all", true);
    return in -> new PatternReplaceFilter(in, pattern, replacement, all);
  }

  private static UnaryOperator<TokenStream> keywordMarker(
      Environment environment, Settings settings) {
    boolean ignoreCase = settings.getAsBoolean("ignore_case", false);
    String expression = settings.get("keywords_pattern");
    if (expression != null) {
      if (settings.get("keywords") != null || settings.get("keywords_path") != null) {
        throw new IllegalArgumentException(
            "the [keyword_marker] filter takes [keywords_pattern] or [keywords], not both");
      }
      Pattern pattern = Pattern.compile(expression);
      return in -> new PatternKeywordMarkerFilter(in, pattern);
    }
    Set<?> words = Analysis.getWordSet(environment, settings, "keywords");
    if (words == null) {
      throw new IllegalArgumentException(
          "the [keyword_marker] filter requires [keywords], [keywords_path] or [keywords_pattern]");
    }
    CharArraySet keywords = new CharArraySet(words, ignoreCase);
    return in -> new SetKeywordMarkerFilter(in, keywords);
  }

  private static UnaryOperator<TokenStream> dictionaryDecompounder(
      Environment environment, Settings settings) {
    CharArraySet words = Analysis.getWordSet(environment, settings, "word_list");
    if (words == null) {
      throw new IllegalArgumentException(
          "the [dictionary_decompounder] filter requires [word_list] or [word_list_path]");
    }
    int word = settings.getAsInt(
        "min_word_size", DictionaryCompoundWordTokenFilter.DEFAULT_MIN_WORD_SIZE);
    int min = settings.getAsInt(
        "min_subword_size", DictionaryCompoundWordTokenFilter.DEFAULT_MIN_SUBWORD_SIZE);
    int max = settings.getAsInt(
        "max_subword_size", DictionaryCompoundWordTokenFilter.DEFAULT_MAX_SUBWORD_SIZE);
    boolean longest = settings.getAsBoolean("only_longest_match", false);
    return in -> new DictionaryCompoundWordTokenFilter(in, words, word, min, max, longest);
  }

  private static class Plain extends AbstractTokenFilterFactory {
    private final UnaryOperator<TokenStream> filter;

    Plain(String name, UnaryOperator<TokenStream> filter) {
      super(name);
      this.filter = filter;
    }

    @Override
    public TokenStream create(TokenStream in) {
      return filter.apply(in);
    }
  }

  private static final class Normalizing extends Plain implements NormalizingTokenFilterFactory {
    Normalizing(String name, UnaryOperator<TokenStream> filter) {
      super(name, filter);
    }
  }

  /** The one that makes two terms of one, which a normalizer has no room for. */
  private static final class AsciiFolding extends Plain implements NormalizingTokenFilterFactory {
    AsciiFolding(String name, boolean preserveOriginal) {
      super(name, in -> new ASCIIFoldingFilter(in, preserveOriginal));
    }

    @Override
    public TokenStream normalize(TokenStream in) {
      return new ASCIIFoldingFilter(in, false);
    }
  }
}
