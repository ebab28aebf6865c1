package dateline.analysis;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.ar.ArabicStemFilter;
import org.apache.lucene.analysis.bg.BulgarianStemFilter;
import org.apache.lucene.analysis.bn.BengaliStemFilter;
import org.apache.lucene.analysis.br.BrazilianStemFilter;
import org.apache.lucene.analysis.ckb.SoraniStemFilter;
import org.apache.lucene.analysis.cz.CzechStemFilter;
import org.apache.lucene.analysis.de.GermanLightStemFilter;
import org.apache.lucene.analysis.de.GermanMinimalStemFilter;
import org.apache.lucene.analysis.el.GreekStemFilter;
import org.apache.lucene.analysis.en.EnglishMinimalStemFilter;
import org.apache.lucene.analysis.en.EnglishPossessiveFilter;
import org.apache.lucene.analysis.en.KStemFilter;
import org.apache.lucene.analysis.en.PorterStemFilter;
import org.apache.lucene.analysis.es.SpanishLightStemFilter;
import org.apache.lucene.analysis.es.SpanishPluralStemFilter;
import org.apache.lucene.analysis.fa.PersianStemFilter;
import org.apache.lucene.analysis.fi.FinnishLightStemFilter;
import org.apache.lucene.analysis.fr.FrenchLightStemFilter;
import org.apache.lucene.analysis.fr.FrenchMinimalStemFilter;
import org.apache.lucene.analysis.gl.GalicianMinimalStemFilter;
import org.apache.lucene.analysis.gl.GalicianStemFilter;
import org.apache.lucene.analysis.hi.HindiStemFilter;
import org.apache.lucene.analysis.hu.HungarianLightStemFilter;
import org.apache.lucene.analysis.id.IndonesianStemFilter;
import org.apache.lucene.analysis.it.ItalianLightStemFilter;
import org.apache.lucene.analysis.lv.LatvianStemFilter;
import org.apache.lucene.analysis.no.NorwegianLightStemFilter;
import org.apache.lucene.analysis.no.NorwegianLightStemFilterFactory;
import org.apache.lucene.analysis.no.NorwegianMinimalStemFilter;
import org.apache.lucene.analysis.no.NorwegianMinimalStemFilterFactory;
import org.apache.lucene.analysis.pt.PortugueseLightStemFilter;
import org.apache.lucene.analysis.pt.PortugueseMinimalStemFilter;
import org.apache.lucene.analysis.pt.PortugueseStemFilter;
import org.apache.lucene.analysis.ru.RussianLightStemFilter;
import org.apache.lucene.analysis.snowball.SnowballFilter;
import org.apache.lucene.analysis.sv.SwedishLightStemFilter;
import org.tartarus.snowball.SnowballStemmer;
import org.tartarus.snowball.ext.ArmenianStemmer;
import org.tartarus.snowball.ext.BasqueStemmer;
import org.tartarus.snowball.ext.CatalanStemmer;
import org.tartarus.snowball.ext.DanishStemmer;
import org.tartarus.snowball.ext.DutchStemmer;
import org.tartarus.snowball.ext.EnglishStemmer;
import org.tartarus.snowball.ext.EstonianStemmer;
import org.tartarus.snowball.ext.FinnishStemmer;
import org.tartarus.snowball.ext.FrenchStemmer;
import org.tartarus.snowball.ext.GermanStemmer;
import org.tartarus.snowball.ext.HungarianStemmer;
import org.tartarus.snowball.ext.IrishStemmer;
import org.tartarus.snowball.ext.ItalianStemmer;
import org.tartarus.snowball.ext.LithuanianStemmer;
import org.tartarus.snowball.ext.NorwegianStemmer;
import org.tartarus.snowball.ext.PorterStemmer;
import org.tartarus.snowball.ext.PortugueseStemmer;
import org.tartarus.snowball.ext.RomanianStemmer;
import org.tartarus.snowball.ext.RussianStemmer;
import org.tartarus.snowball.ext.SerbianStemmer;
import org.tartarus.snowball.ext.SpanishStemmer;
import org.tartarus.snowball.ext.SwedishStemmer;
import org.tartarus.snowball.ext.TurkishStemmer;

/**
 * The values of the {@code stemmer} and {@code snowball} filters' {@code language}.
 *
 * <p>{@code dutch_kp} and {@code lovins} are refused: Lucene 10 no longer has them, so a full server
 * of this version refuses them too.
 */
final class Stemmers {
  private static final Map<String, UnaryOperator<TokenStream>> STEMMER = new HashMap<>();
  private static final Map<String, Supplier<SnowballStemmer>> SNOWBALL = new HashMap<>();

  static {
    snowball("armenian", ArmenianStemmer::new);
    snowball("basque", BasqueStemmer::new);
    snowball("catalan", CatalanStemmer::new);
    snowball("danish", DanishStemmer::new);
    snowball("dutch", DutchStemmer::new);
    snowball("estonian", EstonianStemmer::new);
    snowball("finnish", FinnishStemmer::new);
    snowball("french", FrenchStemmer::new);
    snowball("german", GermanStemmer::new);
    snowball("hungarian", HungarianStemmer::new);
    snowball("irish", IrishStemmer::new);
    snowball("italian", ItalianStemmer::new);
    snowball("lithuanian", LithuanianStemmer::new);
    snowball("norwegian", NorwegianStemmer::new);
    snowball("portuguese", PortugueseStemmer::new);
    snowball("romanian", RomanianStemmer::new);
    snowball("russian", RussianStemmer::new);
    snowball("serbian", SerbianStemmer::new);
    snowball("spanish", SpanishStemmer::new);
    snowball("swedish", SwedishStemmer::new);
    snowball("turkish", TurkishStemmer::new);
    // Lucene 10 folded german2 into german.
    snowball("german2", GermanStemmer::new);

    // "english" is Snowball's second Porter stemmer to the one filter, and the first to the other.
    SNOWBALL.put("english", EnglishStemmer::new);
    SNOWBALL.put("porter", PorterStemmer::new);
    STEMMER.put("porter2", in -> new SnowballFilter(in, new EnglishStemmer()));
    STEMMER.put("english", PorterStemFilter::new);
    STEMMER.put("porter", PorterStemFilter::new);
    STEMMER.put("light_english", KStemFilter::new);
    STEMMER.put("kstem", KStemFilter::new);
    STEMMER.put("minimal_english", EnglishMinimalStemFilter::new);
    STEMMER.put("possessive_english", EnglishPossessiveFilter::new);

    STEMMER.put("arabic", ArabicStemFilter::new);
    STEMMER.put("bengali", BengaliStemFilter::new);
    STEMMER.put("brazilian", BrazilianStemFilter::new);
    STEMMER.put("bulgarian", BulgarianStemFilter::new);
    STEMMER.put("czech", CzechStemFilter::new);
    STEMMER.put("light_finnish", FinnishLightStemFilter::new);
    STEMMER.put("light_finish", FinnishLightStemFilter::new); // an old slip that templates have
    STEMMER.put("light_french", FrenchLightStemFilter::new);
    STEMMER.put("minimal_french", FrenchMinimalStemFilter::new);
    STEMMER.put("galician", GalicianStemFilter::new);
    STEMMER.put("minimal_galician", GalicianMinimalStemFilter::new);
    STEMMER.put("light_german", GermanLightStemFilter::new);
    STEMMER.put("minimal_german", GermanMinimalStemFilter::new);
    STEMMER.put("greek", GreekStemFilter::new);
    STEMMER.put("hindi", HindiStemFilter::new);
    STEMMER.put("light_hungarian", HungarianLightStemFilter::new);
    STEMMER.put("indonesian", IndonesianStemFilter::new);
    STEMMER.put("light_italian", ItalianLightStemFilter::new);
    STEMMER.put("latvian", LatvianStemFilter::new);
    STEMMER.put("light_norwegian", NorwegianLightStemFilter::new);
    STEMMER.put("minimal_norwegian", NorwegianMinimalStemFilter::new);
    STEMMER.put("light_nynorsk", new NorwegianLightStemFilterFactory(nynorsk())::create);
    STEMMER.put("minimal_nynorsk", new NorwegianMinimalStemFilterFactory(nynorsk())::create);
    STEMMER.put("persian", PersianStemFilter::new);
    STEMMER.put("light_portuguese", PortugueseLightStemFilter::new);
    STEMMER.put("minimal_portuguese", PortugueseMinimalStemFilter::new);
    STEMMER.put("portuguese_rslp", PortugueseStemFilter::new);
    STEMMER.put("light_russian", RussianLightStemFilter::new);
    STEMMER.put("sorani", SoraniStemFilter::new);
    STEMMER.put("light_spanish", SpanishLightStemFilter::new);
    STEMMER.put("spanish_plural", SpanishPluralStemFilter::new);
    STEMMER.put("light_swedish", SwedishLightStemFilter::new);
  }

  private Stemmers() {}

  /** A factory's arguments; it takes them out of the map as it reads them. */
  private static Map<String, String> nynorsk() {
    return new HashMap<>(Map.of("variant", "nn"));
  }

  private static void snowball(String language, Supplier<SnowballStemmer> stemmer) {
    SNOWBALL.put(language, stemmer);
    STEMMER.put(language, in -> new SnowballFilter(in, stemmer.get()));
  }

  /** For the {@code stemmer} filter; {@code lightGerman} means {@code light_german}. */
  static UnaryOperator<TokenStream> stemmer(String language) {
    return find(STEMMER, language, "stemmer");
  }

  /** For the {@code snowball} filter, where languages are written with a capital. */
  static UnaryOperator<TokenStream> snowball(String language) {
    Supplier<SnowballStemmer> stemmer = find(SNOWBALL, language, "snowball");
    return in -> new SnowballFilter(in, stemmer.get());
  }

  private static <T> T find(Map<String, T> known, String language, String filter) {
    T exact = known.get(language.toLowerCase(Locale.ROOT));
    if (exact != null) {
      return exact;
    }
    String snakeCase = language.replaceAll("(?<=[a-z])(?=[A-Z])", "_").toLowerCase(Locale.ROOT);
    T found = known.get(snakeCase);
    if (found == null) {
      throw new IllegalArgumentException(
          "the [" + filter + "] filter does not know the language [" + language + "]; it knows "
              + new TreeSet<>(known.keySet()));
    }
    return found;
  }
}
