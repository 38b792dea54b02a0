package cn.mingzheng.app

import cn.mingzheng.core.Phone
import cn.mingzheng.core.PhoneException
import java.util.concurrent.Executor

/** Calls the core off the main thread, one call after the other, and answers on the main thread. Opens the phone at the first call. */
class CoreCalls(private val worker: Executor, private val main: Executor, open: () -> Phone) {
    private val phone by lazy(open)

    fun <T> ask(call: (Phone) -> T, refused: (PhoneException) -> Unit, done: (T) -> Unit) = worker.execute {
        try {
            val value = call(phone)
            main.execute { done(value) }
        } catch (error: PhoneException) {
            main.execute { refused(error) }
        }
    }

    /** For work that has a thread of its own, as a background job does. */
    fun phone(): Phone = phone
}
