package cn.mingzheng.app.sync

import android.app.job.JobInfo
import android.app.job.JobParameters
import android.app.job.JobScheduler
import android.app.job.JobService
import android.content.ComponentName
import android.content.Context
import cn.mingzheng.app.MingzhengApplication
import cn.mingzheng.core.PhoneException

/** Talks to the office when the system says that there is a network: no push service, no Google services. */
class SyncJob : JobService() {
    @Volatile
    private var stopped = false

    override fun onStartJob(parameters: JobParameters): Boolean {
        val core = (application as MingzhengApplication).core
        Thread({
            val again = try {
                val phone = core.phone()
                phone.setConditions(surroundings(this))
                !Courier(phone, background = true).run { stopped }
            } catch (_: PhoneException) {
                true
            }
            jobFinished(parameters, again)
        }, "sync").start()
        return true
    }

    override fun onStopJob(parameters: JobParameters): Boolean {
        stopped = true
        return true
    }

    companion object {
        private const val ID = 1
        private const val EVERY_MS = 15 * 60_000L

        fun schedule(context: Context) {
            val job = JobInfo.Builder(ID, ComponentName(context, SyncJob::class.java))
                .setRequiredNetworkType(JobInfo.NETWORK_TYPE_ANY)
                .setPeriodic(EVERY_MS)
                .setPersisted(true)
                .build()
            val jobs = context.getSystemService(JobScheduler::class.java)
            if (jobs.getPendingJob(ID) == null) jobs.schedule(job)
        }
    }
}
