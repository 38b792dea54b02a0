package androidx.test.platform.app;

import android.app.Instrumentation;
import android.os.Bundle;

/** Stand-in for AndroidX: what Robolectric registers and asks back. */
public final class InstrumentationRegistry {
    private static Instrumentation instrumentation;
    private static Bundle arguments;

    public static void registerInstance(Instrumentation newInstrumentation, Bundle newArguments) {
        instrumentation = newInstrumentation;
        arguments = newArguments;
    }

    public static Instrumentation getInstrumentation() {
        return instrumentation;
    }

    public static Bundle getArguments() {
        return new Bundle(arguments);
    }
}
