import java.io.FileInputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.javarosa.core.model.CoreModelModule;
import org.javarosa.core.model.FormDef;
import org.javarosa.core.model.SelectChoice;
import org.javarosa.core.model.ValidateOutcome;
import org.javarosa.core.model.data.DecimalData;
import org.javarosa.core.model.data.SelectOneData;
import org.javarosa.core.model.data.helper.Selection;
import org.javarosa.core.model.instance.InstanceInitializationFactory;
import org.javarosa.core.services.PrototypeManager;
import org.javarosa.core.util.JavaRosaCoreModule;
import org.javarosa.form.api.FormEntryController;
import org.javarosa.form.api.FormEntryModel;
import org.javarosa.form.api.FormEntryPrompt;
import org.javarosa.model.xform.XFormsModule;
import org.javarosa.xform.util.XFormUtils;

/**
 * What ODK's own engine takes to open a form, answer every question and validate it: {@code Measure FORM.xml TIMES}, in one JVM that
 * warms itself up first. Prints one JSON line with milliseconds of each run. Part of {@code cargo xtask bench law}.
 */
public final class Measure {
    private static int questions;

    public static void main(String[] words) throws Exception {
        PrototypeManager.registerPrototypes(JavaRosaCoreModule.classNames);
        PrototypeManager.registerPrototypes(CoreModelModule.classNames);
        new XFormsModule().registerModule();
        int times = Integer.parseInt(words[1]);
        List<double[]> runs = new ArrayList<>();
        // Two thirds warm the JVM up and are not counted.
        for (int n = 0; n < 3 * times; n++) {
            double[] run = once(words[0]);
            if (n >= 2 * times) {
                runs.add(run);
            }
        }
        runs.sort((a, b) -> Double.compare(a[0] + a[1] + a[2], b[0] + b[1] + b[2]));
        double[] middle = runs.get(runs.size() / 2);
        System.out.printf(
            "{\"questions\": %d, \"open_ms\": %.3f, \"answer_ms\": %.3f, \"validate_ms\": %.3f}%n",
            questions, middle[0], middle[1], middle[2]);
    }

    private static double[] once(String path) throws Exception {
        long start = System.nanoTime();
        FormDef form;
        try (InputStreamReader text = new InputStreamReader(new FileInputStream(path), StandardCharsets.UTF_8)) {
            form = XFormUtils.getFormRaw(text);
        }
        form.initialize(true, new InstanceInitializationFactory());
        FormEntryController controller = new FormEntryController(new FormEntryModel(form));
        long opened = System.nanoTime();

        int asked = 0;
        int items = 0;
        int event = controller.jumpToIndex(org.javarosa.core.model.FormIndex.createBeginningOfFormIndex());
        while ((event = controller.stepToNextEvent()) != FormEntryController.EVENT_END_OF_FORM) {
            if (event != FormEntryController.EVENT_QUESTION) {
                continue;
            }
            FormEntryPrompt prompt = controller.getModel().getQuestionPrompt();
            // What a person would see of it.
            if (prompt.getLongText() == null) {
                throw new IllegalStateException("a question without words");
            }
            int outcome;
            List<SelectChoice> choices = prompt.getControlType() == org.javarosa.core.model.Constants.CONTROL_SELECT_ONE
                ? prompt.getSelectChoices() : Collections.emptyList();
            if (choices.isEmpty()) {
                outcome = controller.answerQuestion(new DecimalData(0.5), true);
            } else {
                SelectChoice choice = choices.get(items++ % choices.size());
                outcome = controller.answerQuestion(new SelectOneData(new Selection(choice)), true);
            }
            if (outcome != FormEntryController.ANSWER_OK) {
                throw new IllegalStateException("refused: " + outcome);
            }
            asked++;
        }
        long answered = System.nanoTime();

        ValidateOutcome outcome = form.validate(true);
        if (outcome != null && outcome.outcome != FormEntryController.ANSWER_OK) {
            throw new IllegalStateException("not valid: " + outcome.outcome);
        }
        long validated = System.nanoTime();
        questions = asked;
        return new double[] {(opened - start) / 1e6, (answered - opened) / 1e6, (validated - answered) / 1e6};
    }
}
