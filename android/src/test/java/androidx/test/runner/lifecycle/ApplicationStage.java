package androidx.test.runner.lifecycle;

/** Stand-in for AndroidX. */
public enum ApplicationStage {
    PRE_ON_CREATE, CREATED
}
