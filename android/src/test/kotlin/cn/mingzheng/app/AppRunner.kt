package cn.mingzheng.app

import org.junit.runners.model.FrameworkMethod
import org.robolectric.RobolectricTestRunner
import org.robolectric.internal.bytecode.InstrumentationConfiguration

/** The generated code must exist once in the process: the native library holds one table of callbacks. */
class AppRunner(type: Class<*>) : RobolectricTestRunner(type) {
    override fun createClassLoaderConfig(method: FrameworkMethod): InstrumentationConfiguration =
        InstrumentationConfiguration.Builder(super.createClassLoaderConfig(method))
            .doNotAcquirePackage("cn.mingzheng.core.")
            .doNotAcquirePackage("cn.mingzheng.office.")
            .build()
}
