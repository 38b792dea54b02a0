package androidx.test.runner.intent;

/** Stand-in for AndroidX. */
public interface IntentMonitor {
}
