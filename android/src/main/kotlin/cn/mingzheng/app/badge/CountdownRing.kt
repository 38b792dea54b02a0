package cn.mingzheng.app.badge

import android.content.Context
import android.graphics.Canvas
import android.graphics.Paint
import android.os.SystemClock
import android.util.AttributeSet
import android.view.View
import cn.mingzheng.app.R

/** Runs down until the next code, so that a living screen can be told from a picture of one. */
class CountdownRing(context: Context, attributes: AttributeSet?) : View(context, attributes) {
    private val stroke = 5 * resources.displayMetrics.density
    private val paint = Paint(Paint.ANTI_ALIAS_FLAG).apply { style = Paint.Style.STROKE; strokeWidth = stroke; strokeCap = Paint.Cap.ROUND }
    private var from = 0L
    private var spanMs = 0L

    /** Starts a round of so many milliseconds; 0 stops. */
    fun start(ms: Long) {
        from = SystemClock.uptimeMillis()
        spanMs = ms
        invalidate()
    }

    override fun onDraw(canvas: Canvas) {
        paint.color = context.getColor(R.color.line)
        canvas.drawCircle(width / 2f, height / 2f, (width - stroke) / 2, paint)
        val left = from + spanMs - SystemClock.uptimeMillis()
        if (spanMs == 0L || left <= 0) return
        paint.color = context.getColor(R.color.brand)
        canvas.drawArc(stroke / 2, stroke / 2, width - stroke / 2, height - stroke / 2, -90f, 360f * left / spanMs, false, paint)
        postInvalidateDelayed(STEP_MS)
    }

    private companion object {
        const val STEP_MS = 50L
    }
}
