package cn.mingzheng.app.badge

import android.content.Context
import android.graphics.Canvas
import android.graphics.Color
import android.graphics.Paint
import android.util.AttributeSet
import android.view.View
import cn.mingzheng.core.QrFrame
import kotlin.math.min

/** Draws the modules that the core made: whole pixels each, with the quiet zone of four modules that readers need. */
class QrView(context: Context, attributes: AttributeSet?) : View(context, attributes) {
    private val dark = Paint().apply { color = Color.BLACK }

    /** Nothing is drawn without a frame: an old code must not stay on the screen. */
    var frame: QrFrame? = null
        set(value) {
            field = value
            invalidate()
        }

    /** A square as wide as the space, or as high where the height is given. */
    override fun onMeasure(widthSpec: Int, heightSpec: Int) {
        val width = MeasureSpec.getSize(widthSpec)
        val side = if (MeasureSpec.getMode(heightSpec) == MeasureSpec.UNSPECIFIED) width else min(width, MeasureSpec.getSize(heightSpec))
        setMeasuredDimension(width, side)
    }

    override fun onDraw(canvas: Canvas) {
        canvas.drawColor(Color.WHITE)
        val frame = frame ?: return
        val size = frame.size.toInt()
        val module = min(width, height) / (size + 2 * QUIET)
        val left = (width - module * size) / 2
        val top = (height - module * size) / 2
        frame.modules.forEachIndexed { index, on ->
            if (on) {
                val x = (left + index % size * module).toFloat()
                val y = (top + index / size * module).toFloat()
                canvas.drawRect(x, y, x + module, y + module, dark)
            }
        }
    }

    private companion object {
        const val QUIET = 4
    }
}
