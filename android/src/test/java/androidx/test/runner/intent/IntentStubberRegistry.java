package androidx.test.runner.intent;

/** Stand-in for AndroidX: no intent is stubbed. */
public final class IntentStubberRegistry {
    public static boolean isLoaded() {
        return false;
    }

    public static IntentStubber getInstance() {
        throw new IllegalStateException("no stubber");
    }
}
