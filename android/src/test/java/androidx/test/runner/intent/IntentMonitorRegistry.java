package androidx.test.runner.intent;

/** Stand-in for AndroidX. */
public final class IntentMonitorRegistry {
    public static void registerInstance(IntentMonitor monitor) {
    }
}
