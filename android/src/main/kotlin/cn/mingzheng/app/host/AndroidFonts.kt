package cn.mingzheng.app.host

import cn.mingzheng.core.Fonts
import cn.mingzheng.core.HostException
import java.io.File

/** The system's Chinese font: its file has had different names over the years and the makers. */
class AndroidFonts(private val candidates: List<File> = SYSTEM) : Fonts {
    override fun files(): List<ByteArray> {
        val font = candidates.firstOrNull(File::isFile) ?: throw HostException.Failed("no Chinese font on this system")
        return listOf(font.readBytes())
    }

    private companion object {
        val SYSTEM = listOf("NotoSansCJK-Regular.ttc", "NotoSansSC-Regular.otf", "NotoSansHans-Regular.otf", "DroidSansFallback.ttf")
            .map { File("/system/fonts", it) }
    }
}
