package dateline.analysis;

import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.CharArraySet;
import org.apache.lucene.analysis.ar.ArabicAnalyzer;
import org.apache.lucene.analysis.bg.BulgarianAnalyzer;
import org.apache.lucene.analysis.bn.BengaliAnalyzer;
import org.apache.lucene.analysis.br.BrazilianAnalyzer;
import org.apache.lucene.analysis.ca.CatalanAnalyzer;
import org.apache.lucene.analysis.cjk.CJKAnalyzer;
import org.apache.lucene.analysis.ckb.SoraniAnalyzer;
import org.apache.lucene.analysis.cz.CzechAnalyzer;
import org.apache.lucene.analysis.da.DanishAnalyzer;
import org.apache.lucene.analysis.de.GermanAnalyzer;
import org.apache.lucene.analysis.el.GreekAnalyzer;
import org.apache.lucene.analysis.en.EnglishAnalyzer;
import org.apache.lucene.analysis.es.SpanishAnalyzer;
import org.apache.lucene.analysis.et.EstonianAnalyzer;
import org.apache.lucene.analysis.eu.BasqueAnalyzer;
import org.apache.lucene.analysis.fa.PersianAnalyzer;
import org.apache.lucene.analysis.fi.FinnishAnalyzer;
import org.apache.lucene.analysis.fr.FrenchAnalyzer;
import org.apache.lucene.analysis.ga.IrishAnalyzer;
import org.apache.lucene.analysis.gl.GalicianAnalyzer;
import org.apache.lucene.analysis.hi.HindiAnalyzer;
import org.apache.lucene.analysis.hu.HungarianAnalyzer;
import org.apache.lucene.analysis.hy.ArmenianAnalyzer;
import org.apache.lucene.analysis.id.IndonesianAnalyzer;
import org.apache.lucene.analysis.it.ItalianAnalyzer;
import org.apache.lucene.analysis.lt.LithuanianAnalyzer;
import org.apache.lucene.analysis.lv.LatvianAnalyzer;
import org.apache.lucene.analysis.nl.DutchAnalyzer;
import org.apache.lucene.analysis.no.NorwegianAnalyzer;
import org.apache.lucene.analysis.pt.PortugueseAnalyzer;
import org.apache.lucene.analysis.ro.RomanianAnalyzer;
import org.apache.lucene.analysis.ru.RussianAnalyzer;
import org.apache.lucene.analysis.sr.SerbianAnalyzer;
import org.apache.lucene.analysis.sv.SwedishAnalyzer;
import org.apache.lucene.analysis.th.ThaiAnalyzer;
import org.apache.lucene.analysis.th.ThaiTokenizer;
import org.apache.lucene.analysis.tr.TurkishAnalyzer;
import org.elasticsearch.index.analysis.AbstractIndexAnalyzerProvider;
import org.elasticsearch.index.analysis.Analysis;
import org.elasticsearch.index.analysis.AnalyzerProvider;
import org.elasticsearch.indices.analysis.AnalysisModule.AnalysisProvider;

/** Analyzers of whole languages, with {@code stopwords} and {@code stem_exclusion}. */
final class LanguageAnalyzers {
  private static final Map<String, AnalysisProvider<AnalyzerProvider<? extends Analyzer>>> ALL =
      new TreeMap<>();

  static {
    stemming("arabic", ArabicAnalyzer::new, ArabicAnalyzer::getDefaultStopSet);
    stemming("armenian", ArmenianAnalyzer::new, ArmenianAnalyzer::getDefaultStopSet);
    stemming("basque", BasqueAnalyzer::new, BasqueAnalyzer::getDefaultStopSet);
    stemming("bengali", BengaliAnalyzer::new, BengaliAnalyzer::getDefaultStopSet);
    stemming("brazilian", BrazilianAnalyzer::new, BrazilianAnalyzer::getDefaultStopSet);
    stemming("bulgarian", BulgarianAnalyzer::new, BulgarianAnalyzer::getDefaultStopSet);
    stemming("catalan", CatalanAnalyzer::new, CatalanAnalyzer::getDefaultStopSet);
    plain("cjk", CJKAnalyzer::new, CJKAnalyzer::getDefaultStopSet);
    stemming("czech", CzechAnalyzer::new, CzechAnalyzer::getDefaultStopSet);
    stemming("danish", DanishAnalyzer::new, DanishAnalyzer::getDefaultStopSet);
    stemming("dutch", DutchAnalyzer::new, DutchAnalyzer::getDefaultStopSet);
    stemming("english", EnglishAnalyzer::new, EnglishAnalyzer::getDefaultStopSet);
    stemming("estonian", EstonianAnalyzer::new, EstonianAnalyzer::getDefaultStopSet);
    stemming("finnish", FinnishAnalyzer::new, FinnishAnalyzer::getDefaultStopSet);
    stemming("french", FrenchAnalyzer::new, FrenchAnalyzer::getDefaultStopSet);
    stemming("galician", GalicianAnalyzer::new, GalicianAnalyzer::getDefaultStopSet);
    stemming("german", GermanAnalyzer::new, GermanAnalyzer::getDefaultStopSet);
    plain("greek", GreekAnalyzer::new, GreekAnalyzer::getDefaultStopSet);
    stemming("hindi", HindiAnalyzer::new, HindiAnalyzer::getDefaultStopSet);
    stemming("hungarian", HungarianAnalyzer::new, HungarianAnalyzer::getDefaultStopSet);
    stemming("indonesian", IndonesianAnalyzer::new, IndonesianAnalyzer::getDefaultStopSet);
    stemming("irish", IrishAnalyzer::new, IrishAnalyzer::getDefaultStopSet);
    stemming("italian", ItalianAnalyzer::new, ItalianAnalyzer::getDefaultStopSet);
    stemming("latvian", LatvianAnalyzer::new, LatvianAnalyzer::getDefaultStopSet);
    stemming("lithuanian", LithuanianAnalyzer::new, LithuanianAnalyzer::getDefaultStopSet);
    stemming("norwegian", NorwegianAnalyzer::new, NorwegianAnalyzer::getDefaultStopSet);
    plain("persian", PersianAnalyzer::new, PersianAnalyzer::getDefaultStopSet);
    stemming("portuguese", PortugueseAnalyzer::new, PortugueseAnalyzer::getDefaultStopSet);
    stemming("romanian", RomanianAnalyzer::new, RomanianAnalyzer::getDefaultStopSet);
    stemming("russian", RussianAnalyzer::new, RussianAnalyzer::getDefaultStopSet);
    stemming("serbian", SerbianAnalyzer::new, SerbianAnalyzer::getDefaultStopSet);
    stemming("sorani", SoraniAnalyzer::new, SoraniAnalyzer::getDefaultStopSet);
    stemming("spanish", SpanishAnalyzer::new, SpanishAnalyzer::getDefaultStopSet);
    stemming("swedish", SwedishAnalyzer::new, SwedishAnalyzer::getDefaultStopSet);
    if (ThaiTokenizer.DBBI_AVAILABLE) {
      // Java's own word breaker does it, which a runtime cut to few locales lacks. Offered there,
      // it would fail with each document; not offered, it is refused when an index asks for it.
      plain("thai", ThaiAnalyzer::new, ThaiAnalyzer::getDefaultStopSet);
    }
    stemming("turkish", TurkishAnalyzer::new, TurkishAnalyzer::getDefaultStopSet);
  }

  private LanguageAnalyzers() {}

  static Map<String, AnalysisProvider<AnalyzerProvider<? extends Analyzer>>> providers() {
    return ALL;
  }

  /** One that stems, and so can be told which words not to stem. */
  private static void stemming(
      String name,
      BiFunction<CharArraySet, CharArraySet, Analyzer> make,
      Supplier<CharArraySet> stopwords) {
    ALL.put(name, (index, environment, instance, settings) -> {
      CharArraySet stop = Analysis.parseStopWords(environment, settings, stopwords.get());
      CharArraySet keep = Analysis.parseStemExclusion(settings, CharArraySet.EMPTY_SET);
      return new Provider(instance, make.apply(stop, keep));
    });
  }

  /** One that does not, or not so that exclusions could be told. */
  private static void plain(
      String name, Function<CharArraySet, Analyzer> make, Supplier<CharArraySet> stopwords) {
    ALL.put(name, (index, environment, instance, settings) -> new Provider(
        instance,
        make.apply(Analysis.parseStopWords(environment, settings, stopwords.get()))));
  }

  private static final class Provider extends AbstractIndexAnalyzerProvider<Analyzer> {
    private final Analyzer analyzer;

    Provider(String name, Analyzer analyzer) {
      super(name);
      this.analyzer = analyzer;
    }

    @Override
    public Analyzer get() {
      return analyzer;
    }
  }
}
