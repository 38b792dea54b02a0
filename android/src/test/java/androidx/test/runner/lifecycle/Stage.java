package androidx.test.runner.lifecycle;

/** Stand-in for AndroidX. */
public enum Stage {
    PRE_ON_CREATE, CREATED, STARTED, RESUMED, PAUSED, STOPPED, RESTARTED, DESTROYED
}
