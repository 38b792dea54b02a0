import java.io.FileInputStream;
import java.util.Map;
import java.util.TreeMap;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;

/** Says of each file whether veraPDF finds it PDF/A-3a and PDF/UA-1, or which rules it breaks and how often. */
public final class Judge {
    public static void main(String[] files) throws Exception {
        VeraGreenfieldFoundryProvider.initialise();
        boolean good = files.length > 0;
        Map<PDFAFlavour, String> flavours = new TreeMap<>(Map.of(PDFAFlavour.PDFA_3_A, "PDF/A-3a", PDFAFlavour.PDFUA_1, "PDF/UA-1"));
        for (String file : files) {
            for (var flavour : flavours.entrySet()) {
                try (var bytes = new FileInputStream(file);
                        var parser = Foundries.defaultInstance().createParser(bytes, flavour.getKey());
                        var validator = Foundries.defaultInstance().createValidator(flavour.getKey(), false)) {
                    var result = validator.validate(parser);
                    good &= result.isCompliant();
                    System.out.println(flavour.getValue() + " " + file + (result.isCompliant() ? " compliant" : " NOT COMPLIANT"));
                    Map<String, Integer> broken = new TreeMap<>();
                    for (TestAssertion assertion : result.getTestAssertions()) {
                        if (assertion.getStatus() == TestAssertion.Status.FAILED) {
                            var rule = assertion.getRuleId();
                            broken.merge(rule.getClause() + "-" + rule.getTestNumber() + " " + assertion.getMessage(), 1, Integer::sum);
                        }
                    }
                    broken.forEach((rule, times) -> System.out.println("  " + times + " x " + rule));
                }
            }
        }
        System.exit(good ? 0 : 1);
    }
}
